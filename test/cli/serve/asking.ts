/** A stand-in’s answer, servers that listen, and requests to them as written. */
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageAnswer } from '../../../src/retrieval/page_manifest.js';
import { plain } from '../../data/picture_files.js';

export const PNG = new Uint8Array(await plain(1, 1, [9, 9, 9]).png().toBuffer());

export const ANSWER: PageAnswer = {
  top: [{ class: 'hat', probability: 1 }],
  similar: {
    items: [{ row: 1, name: '<b>Cap</b>', brand: 'Acme', label: 'hat', picture: 'pictures/ab/1.webp', score: 0.5 }],
    recognised: null,
    ofBrand: 1,
  },
};

/** Lets a server listen on a free port. */
export function listening({ server: to }: { readonly server: Server }, host: string): Promise<Address> {
  return new Promise((resolve, reject) => {
    to.once('error', reject);
    to.listen(0, host, () => resolve({ host, port: (to.address() as AddressInfo).port }));
  });
}

export function end({ server: to }: { readonly server: Server }): void {
  to.close();
  to.closeAllConnections();
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
  /** Where, if not at the test's own server. */
  readonly to?: Address;
}

/** A request as written, without the tidying that URL and fetch do. */
export function askAt(to: Address, method: string, path: string, { headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...to, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(parts),
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
