// Jobs a second of BullMQ on a server: node bullmq.cjs PORT JOBS HANDS. From the first that is added to the last that is
// done, HANDS adding at once and HANDS at work at once, none with anything to do.
const { Queue, Worker } = require('bullmq');

const [port, jobs, hands] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

async function main() {
  const queue = new Queue('q', { connection });
  await queue.waitUntilReady();
  let done = 0;
  let finish;
  const finished = new Promise((resolve) => { finish = resolve; });
  const worker = new Worker('q', async () => {}, { connection, concurrency: hands });
  worker.on('completed', () => { if (++done === jobs) finish(); });
  await worker.waitUntilReady();
  const payload = 'x'.repeat(40);
  const started = process.hrtime.bigint();
  let given = 0;
  await Promise.all(Array.from({ length: hands }, async () => {
    while (given++ < jobs) await queue.add('job', { payload });
  }));
  await finished;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(jobs / seconds);
  process.exit(0);
}

main().catch((error) => { console.error(error); process.exit(1); });
