/** `weft serve`: the page with a run's model, on this machine. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requirePicture } from '../../data/pictures/picture_header.js';
import { UsageError } from '../../device/errors.js';
import { openDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { printJson, reportError, say } from '../output.js';
import { pageBackbone } from '../serve/page_backbone.js';
import { pageFiles } from '../serve/page_files.js';
import { pageIndexOptions, pageRuns, sayParts } from '../serve/page_options.js';
import { SERVE_OPTIONS } from '../options/run_options.js';
import { PICTURE, ServeEngine } from '../serve/serve_engine.js';
import { Access, tokenOf } from '../serve/serve_access.js';
import { isLoopback, urlsOf } from '../serve/serve_hosts.js';
import { pageServer } from '../serve/serve_http.js';
import { Quota } from '../serve/serve_quota.js';
import { readTls } from '../serve/serve_tls.js';

/** Pictures a minute of one address, where other machines are let in. */
const USUAL_QUOTA = 60;
/** What is under way may take so long when the server ends. */
const DRAIN_MILLISECONDS = 10_000;

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SERVE_OPTIONS, argv);
  const page = await pageFiles({
    runs: pageRuns(argv, o, 'serve'),
    index: pageIndexOptions(o, (why) => say(`warning: no picture of it on the page: ${why}`)),
    backbone: await pageBackbone(o),
    classifies: true,
  });
  const { manifest } = page;
  const engine = new ServeEngine(page, async () => {
    const device = await openDevice(argv);
    say(`a browser without WebGPU: computing here on ${device.name}`);
    return device;
  });
  const host = String(o['host']);
  const isForOthers = !isLoopback(host) && host !== 'localhost';
  const tls = await readTls(o['tls-cert'], o['tls-key']);
  const token = tokenOf(o['token'] as string | undefined, isForOthers);
  const perMinute = Number(o['quota'] ?? (isForOthers ? USUAL_QUOTA : 0));
  const { server, drain } = pageServer({
    files: page.files,
    pictures: page.index?.pictures ?? null,
    runs: manifest.runs.map(({ name }) => name),
    classify: async (bytes, { run, where }) => {
      requirePicture(bytes, PICTURE);
      return engine.answer(bytes, run, where);
    },
    onFailure: (error) => reportError(error, false),
    access: token === null ? null : new Access(token, tls !== null),
    quota: perMinute === 0 ? null : new Quota(perMinute),
    tls,
  });
  const stop = stopped(); // before anybody can know that there is something to stop
  try {
    await listen(server, Number(o['port']), host);
    const bound = server.address() as AddressInfo;
    const scheme = tls === null ? 'http' : 'https';
    const opened = (at: string): string => (token === null ? at : `${at}?token=${token}`);
    const [url, ...others] = urlsOf(bound, { scheme }).map(opened);
    say(`${manifest.runs.at(0)?.model ?? 'without a run'}: ${url} (Ctrl-C ends)`);
    sayParts(manifest);
    if (others.length > 0) say(`from other machines: ${others.join(' ')}`);
    if (isForOthers && tls === null)
      say(
        'warning: other machines may reach this; browsers there offer WebGPU over https only (--tls-cert, ' +
          '--tls-key), so the server computes for them, and pictures and token travel as they are',
      );
    if (isForOthers && token === null) say('warning: --token none: whoever reaches this server may use it');
    if (argv['json'] === true) printJson({ url });
    await stop;
    say('ending: what is under way is answered first; once more to end at once');
    await Promise.race([drain(DRAIN_MILLISECONDS), stopped()]);
  } finally {
    server.close();
    server.closeAllConnections();
    await engine.close();
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
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
