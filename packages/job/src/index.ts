export { dollars } from './dollars.ts';
export { JOB_PROBLEMS, problemOf } from './job-problem.ts';
export { isSimulated, jobResource, provisionalOf, type Shown } from './job-resource.ts';
