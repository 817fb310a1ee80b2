// The embedded Redis in a process of its own, as the service and its clients have theirs: the test runner's process
// compiles and reports, and would delay replies for seconds. Prints its URL and ends when stdin closes.
import { startEmbeddedRedis } from '@codegen/cli/redis';

const { url, close } = await startEmbeddedRedis();
process.stdout.write(`${url}\n`);
process.stdin.resume().once('end', () => void close().then(() => process.exit()));
