dnl RQ_LIB(VAR, MODULE, DEBIAN-PACKAGE): a library that relayq cannot do without.  What is missing is
dnl collected, so that RQ_LIBS_REQUIRE names all of it at once.
AC_DEFUN([RQ_LIB], [
PKG_CHECK_MODULES([$1], [$2], [], [rq_missing="$rq_missing
  m4_bpatsubst([$2], [ .*])  (Debian: $3)"; rq_missing_pkgs="$rq_missing_pkgs $3"])
])

dnl RQ_STATIC_LIB(VAR, FUNCTION): with --enable-static-libs, the library of VAR as an archive, where there is one that
dnl links.  What it needs besides is taken from the system as always.
AC_DEFUN([RQ_STATIC_LIB], [
AS_IF([test "x$enable_static_libs" = xyes], [
	rq_archives=
	for rq_word in $$1_LIBS; do
		case $rq_word in
		-lpthread | -ldl | -lrt | -lm) ;;
		-luv) rq_word=-l:libuv_a.a ;;
		-l*) rq_word=-l:lib`echo "$rq_word" | sed 's/^-l//'`.a ;;
		esac
		rq_archives="$rq_archives $rq_word"
	done
	rq_archives="$rq_archives -lm -ldl -lpthread"
	rq_save_libs=$LIBS
	LIBS="$rq_archives $LIBS"
	AC_MSG_CHECKING([whether$rq_archives links])
	AC_LINK_IFELSE([AC_LANG_CALL([], [$2])],
		[AC_MSG_RESULT([yes]); $1_LIBS=$rq_archives], [AC_MSG_RESULT([no])])
	LIBS=$rq_save_libs
])])

AC_DEFUN([RQ_LIBS_REQUIRE], [
AS_IF([test -n "$rq_missing"], [AC_MSG_ERROR([these libraries are missing or too old:
$rq_missing

On Debian, Ubuntu and Raspberry Pi OS, install all of them with
  apt-get install -y$rq_missing_pkgs])])
])

dnl RQ_CURSES: the wide curses, by pkg-config, else by looking (macOS has no ncursesw.pc).
AC_DEFUN([RQ_CURSES], [
PKG_CHECK_MODULES([CURSES], [ncursesw], [], [
	rq_save_libs=$LIBS
	LIBS=
	AC_SEARCH_LIBS([wadd_wch], [ncursesw ncurses], [CURSES_LIBS=$LIBS], [
		rq_missing="$rq_missing
  ncursesw  (Debian: libncurses-dev; or configure --disable-tui)"
		rq_missing_pkgs="$rq_missing_pkgs libncurses-dev"])
	LIBS=$rq_save_libs])
CURSES_CFLAGS="$CURSES_CFLAGS -DNCURSES_WIDECHAR=1"
])

dnl RQ_TIME64: a time_t that outlives 2038, also where the C library still defaults to 32 bits.
AC_DEFUN([RQ_TIME64], [
m4_ifdef([AC_SYS_YEAR2038], [AC_SYS_YEAR2038], [
AC_CACHE_CHECK([for what makes time_t 64 bits wide], [rq_cv_time64], [
	rq_cv_time64=unavailable
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <time.h>]],
		[[static char wide[sizeof(time_t) >= 8 ? 1 : -1]; (void)wide;]])],
		[rq_cv_time64="nothing needed"],
		[AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#undef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include <time.h>]],
			[[static char wide[sizeof(time_t) >= 8 ? 1 : -1]; (void)wide;]])],
			[rq_cv_time64=_TIME_BITS])])])
AS_IF([test "$rq_cv_time64" = _TIME_BITS],
	[AC_DEFINE([_TIME_BITS], [64], [64-bit time_t on a 32-bit system.])])
])])

AC_DEFUN([RQ_C11], [
AC_CACHE_CHECK([for C11], [rq_cv_c11], [
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdint.h>
_Static_assert(sizeof(int64_t) == 8, "int64_t");]],
		[[struct { int a; union { int b; char c; }; } x = { .a = 1 }; return x.a - 1;]])],
		[rq_cv_c11=yes], [rq_cv_c11=no])])
AS_IF([test $rq_cv_c11 = no], [AC_MSG_ERROR([$CC does not compile C11; use GCC 5 or clang 3.6 or later])])
])

dnl RQ_CC_FLAGS(VAR, FLAGS): adds each flag that the compiler takes.
AC_DEFUN([RQ_CC_FLAGS], [
for rq_flag in $2; do
	AS_VAR_PUSHDEF([rq_cv], [rq_cv_cc_$rq_flag])
	AC_CACHE_CHECK([whether $CC takes $rq_flag], [rq_cv], [
		rq_save_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $rq_flag"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([rq_cv], [yes])], [AS_VAR_SET([rq_cv], [no])])
		CFLAGS=$rq_save_cflags])
	AS_VAR_IF([rq_cv], [yes], [$1="$$1 $rq_flag"])
	AS_VAR_POPDEF([rq_cv])
done
])

dnl Callbacks of libuv and rows of tables leave arguments and members unused on purpose, a bounded
dnl buffer cuts on purpose, and an object knows the flag on its caller's stack that says it was freed.
AC_DEFUN([RQ_WARNINGS], [
WARN_CFLAGS=
RQ_CC_FLAGS([WARN_CFLAGS], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wformat=2 -Wundef -Wvla -Wpointer-arith -Wwrite-strings \
	-Wimplicit-fallthrough -Wlogical-op -Wduplicated-cond -Werror=implicit-function-declaration \
	-Wno-unused-parameter -Wno-missing-field-initializers -Wno-format-truncation \
	-Wno-dangling-pointer])
AS_IF([test "x$enable_devel" != xno], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])

AC_DEFUN([RQ_HARDENING], [
HARDEN_CFLAGS=
HARDEN_LDFLAGS=
RQ_CC_FLAGS([HARDEN_CFLAGS], [-fstack-protector-strong])
RQ_CC_FLAGS([HARDEN_LDFLAGS], [-Wl,--as-needed -Wl,-z,relro -Wl,-z,noexecstack])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])

dnl RQ_STATIC: may the shim be linked without a dynamic linker to pay for at each job?
AC_DEFUN([RQ_STATIC], [
AC_CACHE_CHECK([whether -static links], [rq_cv_static], [
	rq_save_ldflags=$LDFLAGS
	LDFLAGS="$LDFLAGS -static"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("");]])],
		[rq_cv_static=yes], [rq_cv_static=no])
	LDFLAGS=$rq_save_ldflags])
rq_static=$rq_cv_static
STATIC_LDFLAGS=
AS_IF([test $rq_static = yes], [STATIC_LDFLAGS=-static])
AC_SUBST([STATIC_LDFLAGS])
])

dnl RQ_SAN_FLAGS(FLAGS): sanitizing flags, which must work or be refused.
AC_DEFUN([RQ_SAN_FLAGS], [
rq_save_cflags=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_MSG_CHECKING([whether $CC links with $1])
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no])
	AC_MSG_ERROR([$CC cannot link with $1; install its sanitizer runtime])])
CFLAGS=$rq_save_cflags
SAN_CFLAGS="$1"
AC_SUBST([SAN_CFLAGS])
AC_DEFINE([RQ_SANITIZED], [1], [The sanitizers are compiled in.])
])

AC_DEFUN([RQ_SANITIZERS], [
RQ_SAN_FLAGS([-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer])
])

AC_DEFUN([RQ_FUZZING], [
RQ_SAN_FLAGS([-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer])
FUZZ_LDFLAGS="-fsanitize=fuzzer"
AC_SUBST([FUZZ_LDFLAGS])
])
