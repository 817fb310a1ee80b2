// Reads reports of vitest for .ci/run.
//   node report.mjs repeat FILE     prints the test files to run once more
//   node report.mjs summary FOLDER  prints unstable and failed tests and the totals; exits with 1 if a test failed
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** More files with failed tests are no coincidence. */
const MAX_REPEATED = 5;

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** The tests of a report. A file that cannot be loaded counts as one failed test. */
const testsOf = ({ testResults }) =>
  testResults.flatMap(({ name: file, status, message, assertionResults }) =>
    status === 'failed' && assertionResults.length === 0
      ? [{ name: `${file}: all tests`, file, status, why: message }]
      : assertionResults.map((test) => ({
          name: `${file}: ${test.fullName}`,
          file,
          status: test.status,
          why: test.failureMessages.join('\n'),
        })),
  );

const failedOf = (report) => testsOf(report).filter(({ status }) => status === 'failed');

function printFilesToRepeat(report) {
  const files = [...new Set(failedOf(report).map(({ file }) => file))];
  if (files.length <= MAX_REPEATED) for (const file of files) console.log(file);
}

/** A message without the part of its stack trace that is in libraries. */
const withoutLibraries = (message) =>
  message
    .split('\n')
    .filter((line) => !line.includes('/node_modules/'))
    .join('\n');

/** @returns the number of failed tests */
function printSummary(folder) {
  const totals = { passed: 0, failed: 0 };
  for (const name of ['server', 'embedded']) {
    const report = read(join(folder, `${name}.json`));
    const again = join(folder, `${name}.repeated.json`);
    const repeated = existsSync(again) ? testsOf(read(again)) : [];
    totals.passed += report.numPassedTests;
    for (const test of failedOf(report)) {
      const sameTest = repeated.filter(
        (one) => one.name === test.name || test.name === `${one.file}: all tests`,
      );
      const isUnstable = sameTest.length > 0 && sameTest.every(({ status }) => status !== 'failed');
      totals[isUnstable ? 'passed' : 'failed'] += 1;
      console.log(`\n${isUnstable ? 'UNSTABLE' : 'FAILED'} ${test.name}\n${withoutLibraries(test.why)}`);
    }
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed;
}

const [mode, path] = process.argv.slice(2);
if (mode === 'repeat') printFilesToRepeat(read(path));
else process.exitCode = printSummary(path) > 0 ? 1 : 0;
