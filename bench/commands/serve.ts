/** `weft bench serve`: the server behind the page, under many requests at once. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { packageFolder } from '#platform';
import type { HeldDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { encodePng } from '../../src/data/pictures/png.js';
import { GpuError } from '../../src/device/errors.js';
import type { Parsed } from '../../src/cli/declare/declared.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { textTable } from '../../src/report/table.js';
import { SERVE_BENCH_OPTIONS } from './options.js';
import { runLoad, type Load, type LoadResult } from './request_load.js';

/** Of the document that `--json` prints. */
interface Row extends LoadResult {
  /** Memory of the server afterwards, in bytes. */
  readonly resident: number;
}

/** A server of its own process, so that it and its senders do not wait for each other. */
async function startServer(run: string): Promise<{ child: ChildProcess; port: number }> {
  const words = [packageFolder('scripts/weft.mjs'), 'serve', run, '--port', '0', '--json'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (part: Buffer) => said.push(part.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /"url": "(.*)"/.exec(line) ?? []; // of a document of several lines, after which it goes on
    if (url !== undefined) return { child, port: Number(new URL(url).port) };
  }
  throw new GpuError(`the server did not start: ${said.join('').trim()}`);
}

function get(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

async function residentBytes(port: number): Promise<number> {
  return Number(/^weft_resident_bytes (\S+)$/m.exec(await get(port, '/metrics'))?.[1] ?? Number.NaN);
}

/** A drawn garment as a file. */
function picture(): Uint8Array {
  const { images, width, height } = syntheticGarments({ train: 1, test: 0, seed: 0 }).train as HeldDataset;
  return encodePng(images.subarray(0, width * height), width, height);
}

function loads(requests: number, together: number): Load[] {
  const body = picture();
  const classify = { method: 'POST', path: '/classify', body } as const;
  const few = Math.max(1, Math.min(requests, 50));
  return [
    { name: 'the page', method: 'GET', path: '/', requests, together },
    { name: 'the weights', method: 'GET', path: '/model.safetensors', requests, together },
    { name: 'pictures, one by one', ...classify, requests: few, together: 1 },
    { name: 'pictures, four at once', ...classify, requests, together: 4 },
    { name: 'pictures, many at once, asked again when told to', ...classify, requests, together, isPatient: true },
  ];
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SERVE_BENCH_OPTIONS, argv);
  const { child, port } = await startServer(String(argv['run']));
  const rows: Row[] = [];
  try {
    await runLoad(port, { ...loads(1, 1)[2], name: 'first' }); // opens the device and compiles the kernels
    const before = await residentBytes(port);
    for (const load of loads(Number(o['requests']), Number(o['together']))) {
      say(`${load.name}: ${load.requests} requests, ${load.together} at once`);
      rows.push({ ...(await runLoad(port, load)), resident: await residentBytes(port) });
    }
    print(
      textTable(
        ['requests', 'at once', '200', 'refused', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'a second', 'memory MiB'],
        rows.map((r) => [
          r.name,
          String(r.together),
          ...[r.answered, r.refused, r.failed].map(String),
          ...[r.p50, r.p95, r.p99, r.perSecond].map((v) => v.toFixed(1)),
          (r.resident / 2 ** 20).toFixed(0),
        ]),
        ['left', ...Array<'right'>(9).fill('right')],
      ),
    );
    say(`memory of the server before: ${(before / 2 ** 20).toFixed(0)} MiB`);
    if (argv['json'] === true) printJson({ before, rows });
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}
