// Checks the version of Node.js, and installs dependencies before a script runs. Needs no installed packages.
// `--in <folder>`, as the first arguments, installs the workspace in another folder. Other arguments are passed to pnpm.
// Old versions of Node.js must be able to run this file, so it imports nothing before the check.
const MIN_NODE = 20;
const version = process.versions.node;

if (Number(version.split('.')[0]) < MIN_NODE) {
  process.stderr.write(
    `Node.js ${version} is too old: install Node.js ${MIN_NODE} or newer from https://nodejs.org/, then run this again.\n`,
  );
  process.exit(1);
}
void import('./dependencies.mjs');
