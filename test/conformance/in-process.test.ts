import { inProcessExecutor } from './in-process.ts';
import { conformance } from './suite.ts';

conformance('in-process executor', inProcessExecutor());
