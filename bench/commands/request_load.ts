/** Many requests at a time to a server on this machine, and how long each took. */
import { Agent, request } from 'node:http';

export interface Load {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Uint8Array;
  readonly requests: number;
  /** Requests that are under way at once. */
  readonly together: number;
  /** A refusal (503, 429) is asked again after the time that it names, and counted. */
  readonly isPatient?: boolean;
}

export interface LoadResult {
  readonly name: string;
  readonly requests: number;
  readonly together: number;
  /** Answered with 200. */
  readonly answered: number;
  /** Answers of 503 and 429. */
  readonly refused: number;
  /** Other answers, and broken connections. */
  readonly failed: number;
  /** Of those with 200, in milliseconds from the last time that it was asked. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
}

interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly retryAfter: number;
}

function ask(agent: Agent, port: number, { method, path, body }: Load): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-length': body.length };
    const outgoing = request({ host: '127.0.0.1', port, method, path, agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (part: Buffer) => (bytes += part.length));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          bytes,
          retryAfter: Number(response.headers['retry-after'] ?? 1),
        }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The share `q` of the times is below this; NaN of none. */
export function quantile(times: readonly number[], q: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** Asks a server on 127.0.0.1. */
export async function runLoad(port: number, load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.together });
  const times: number[] = [];
  let [left, refused, failed, bytes] = [load.requests, 0, 0, 0];
  const began = performance.now();
  const one = async (): Promise<void> => {
    for (;;) {
      const asked = performance.now();
      const answer = await ask(agent, port, load).catch(() => null);
      if (answer?.status === 200) {
        times.push(performance.now() - asked);
        bytes += answer.bytes;
        return;
      }
      if (answer?.status !== 503 && answer?.status !== 429) return void failed++;
      refused++;
      if (load.isPatient !== true) return;
      await new Promise((resolve) => setTimeout(resolve, 1000 * answer.retryAfter));
    }
  };
  const sender = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: load.together }, sender));
  agent.destroy();
  const seconds = (performance.now() - began) / 1000;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(times, q));
  return {
    name: load.name,
    requests: load.requests,
    together: load.together,
    answered: times.length,
    refused,
    failed,
    ...{ p50, p95, p99 },
    perSecond: times.length / seconds,
    bytesPerSecond: bytes / seconds,
  };
}
