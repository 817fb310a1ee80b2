import { inProcessExecutor } from './executors/in-process.ts';
import { conformance } from './suite.ts';

conformance('in-process executor', inProcessExecutor());
