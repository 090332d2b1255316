/**
 * The server that holds the queue, Redis or Valkey, through BullMQ: both packages are optional and loaded when a queue
 * is asked for. A server that goes away while work is going on is waited for.
 */
import { env } from '#platform';
import { DataError, UsageError } from '../../../device/errors.js';
import { sayBelowRows } from '../../output.js';

export interface QueueServer {
  /** Without user and password: for messages. */
  readonly name: string;
  readonly bullmq: typeof import('bullmq');
  readonly connection: Connection;
}

interface Connection {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
  /** A command waits as long as the server is away. */
  readonly maxRetriesPerRequest: null;
}

const PASSWORD = 'WEFT_QUEUE_PASSWORD';
const REACH_MILLISECONDS = 5000;

/** @throws UsageError when it is no address of a queue, or holds a password. */
export function parseServer(url: string): { readonly name: string; readonly connection: Connection } {
  const fix = 'e.g. redis://127.0.0.1:6379, or rediss:// for TLS; a number behind it is the database: /1';
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UsageError('--queue is no address', { fix });
  }
  const { protocol, hostname, port, pathname, username, password, search, hash } = parsed;
  if (password !== '')
    throw new UsageError('--queue holds a password, which every process of this machine can read', {
      fix: `leave it out, and put it into the environment: ${PASSWORD}`,
    });
  const [, db = ''] = /^\/?(\d*)$/.exec(pathname) ?? [null, null];
  if (!/^rediss?:$/.test(protocol) || hostname === '' || db === null || search !== '' || hash !== '')
    throw new UsageError(`--queue ${url} is no address of a queue`, { fix });
  const secret = env(PASSWORD);
  const own = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    db: Number(db),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
    maxRetriesPerRequest: null,
  };
  return { name: `${protocol}//${hostname}:${own.port}${own.db === 0 ? '' : `/${own.db}`}`, connection: own };
}

/** @throws UsageError when the packages are missing; DataError when the server does not answer. */
export async function openServer(url: string): Promise<QueueServer> {
  const { name, connection } = parseServer(url);
  const { bullmq, Redis } = await loadPackages();
  const client = new Redis({
    ...connection,
    maxRetriesPerRequest: 0,
    connectTimeout: REACH_MILLISECONDS,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  let why = '';
  client.on('error', (error: Error) => (why = error.message));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const said = why === '' ? (error as Error).message : why;
    const isSecret = /NOAUTH|WRONGPASS|invalid password/i.test(said);
    throw new DataError(`the queue ${name} cannot be used: ${said}`, {
      fix: isSecret
        ? `put the server's password into the environment: ${PASSWORD}`
        : 'start the server (redis-server or valkey-server), and see that this machine may reach it',
      cause: error,
    });
  } finally {
    client.disconnect();
  }
  return { name, bullmq, connection };
}

async function loadPackages(): Promise<{
  bullmq: typeof import('bullmq');
  Redis: (typeof import('ioredis'))['Redis'];
}> {
  try {
    const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Redis };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError('a queue needs the packages bullmq and ioredis, which are not installed', {
      fix: 'npm install bullmq ioredis',
      cause: error,
    });
  }
}

/** Errors of a server that is away come again and again; after so long a silence it is another outage. */
const QUIET_MILLISECONDS = 30_000;

/** What hears of errors: a Queue or a Worker. */
interface Listening {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Says that the server is away, once each time. */
export function sayOutages({ name }: QueueServer, part: Listening): void {
  let last = -QUIET_MILLISECONDS;
  part.on('error', (error) => {
    const now = performance.now();
    if (now - last > QUIET_MILLISECONDS)
      sayBelowRows(`the queue ${name} does not answer (${error.message}); waiting for it`);
    last = now;
  });
}
