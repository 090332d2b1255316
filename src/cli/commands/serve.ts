/** `weft serve`: the page with a run's model, on this machine. */
import type { AddressInfo } from 'node:net';
import { requirePicture } from '../../data/pictures/picture_header.js';
import { UsageError } from '../../device/errors.js';
import { openDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { printJson, reportError, say } from '../output.js';
import { pageFiles, pageIndexOptions } from '../serve/page_files.js';
import { SERVE_OPTIONS } from '../options/run_options.js';
import { PICTURE, ServeEngine } from '../serve/serve_engine.js';
import { isLoopback, urlsOf } from '../serve/serve_hosts.js';
import { pageServer } from '../serve/serve_http.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SERVE_OPTIONS, argv);
  const page = await pageFiles(
    String(argv['run']),
    true,
    pageIndexOptions(o, (why) => say(`warning: no picture of it on the page: ${why}`)),
  );
  const engine = new ServeEngine(page, async () => {
    const device = await openDevice(argv);
    say(`a browser without WebGPU: computing here on ${device.name}`);
    return device;
  });
  const server = pageServer({
    files: page.files,
    pictures: page.index?.pictures ?? null,
    classify: async (bytes) => {
      requirePicture(bytes, PICTURE);
      return engine.answer(bytes);
    },
    onFailure: (error) => reportError(error, false),
  });
  const stop = stopped(); // before anybody can know that there is something to stop
  try {
    await listen(server, Number(o['port']), String(o['host']));
    const bound = server.address() as AddressInfo;
    const [url, ...others] = urlsOf(bound);
    say(`${page.checkpoint.header.model}: ${url} (Ctrl-C ends)`);
    if (others.length > 0) say(`from other machines: ${others.join(' ')}`);
    if (!isLoopback(bound.address))
      say(
        'warning: other machines may reach this; browsers there offer WebGPU over https only, so the server ' +
          'computes for them',
      );
    if (argv['json'] === true) printJson({ url });
    await stop;
  } finally {
    server.close();
    server.closeAllConnections();
    await engine.close();
  }
}

function listen(server: ReturnType<typeof pageServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(`cannot listen on ${host}:${port}: ${error.message}`, {
          fix: 'give another --port or --host',
          cause: error,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
}

/** Resolves at Ctrl-C. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
