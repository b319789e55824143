// prune.mjs FROM TO: of GitHub's description, what a client of Actions can meet. The whole does not load in Prism: its webhooks
// have references that lead nowhere.
import fs from "node:fs";

const others = [
  "/rate_limit", "/user", "/versions", "/repos/{owner}/{repo}", "/repos/{owner}/{repo}/contents/{path}",
  "/repos/{owner}/{repo}/environments", "/orgs/{org}/repos",
];
const [, , from, to] = process.argv;
const { openapi, info, servers, paths } = JSON.parse(fs.readFileSync(from));
const kept = Object.entries(paths).filter(([path]) => path.includes("/actions/") || others.includes(path));
fs.writeFileSync(to, JSON.stringify({ openapi, info, servers, paths: Object.fromEntries(kept) }));
