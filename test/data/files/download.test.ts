import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DATA_SETS } from '../../../src/data/files/data_sets.js';
import {
  downloadFiles,
  type DownloadOptions,
  type DownloadProgress,
  type RemoteFile,
} from '../../../src/data/files/download.js';
import { suite, testWithData } from '../../support/harness.js';
import { fails, inFolder } from '../fixtures.js';

const test = suite('download');
const { files: FASHION_FILES, url: FASHION_URL } = DATA_SETS['fashion-mnist'];

interface Fetched extends DownloadOptions {
  readonly directory: string;
  readonly files?: readonly RemoteFile[];
}

async function download({ directory, files = FASHION_FILES, ...options }: Fetched): Promise<string> {
  await downloadFiles(files, FASHION_URL, directory, options);
  return directory;
}

const CONTENT = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * i + (i >> 8)) % 256));
const LABELS = Buffer.from('labels');
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const FILES: readonly RemoteFile[] = [
  { name: 'images.gz', bytes: CONTENT.length, md5: md5(CONTENT) },
  { name: 'labels.gz', bytes: LABELS.length, md5: md5(LABELS) },
];

type Handler = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;
interface Scene {
  readonly folder: string;
  readonly baseUrl: string;
  readonly requests: { url: string; range: string | undefined }[];
  readonly progress: DownloadProgress[];
  /** What the server does from now on. */
  answer: Handler;
  get(options?: { files?: readonly RemoteFile[]; stallMs?: number }): Promise<string>;
}

/** Answers a Range request as S3 does. */
const ranges: Handler = (request, response, content) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? -1);
  if (from < 0) return void response.end(content);
  if (from >= content.length)
    return void response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end();
  response
    .writeHead(206, { 'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}` })
    .end(content.subarray(from));
};
const whole: Handler = (_request, response, content) => void response.end(content);

/** Sends so many bytes and then breaks the connection. */
function breakAfter(bytes: number): Handler {
  return (_request, response, content) => {
    response.writeHead(200, { 'Content-Length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 30));
  };
}

async function withServer(body: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const server = createServer((request, response) => {
      scene.requests.push({ url: request.url ?? '', range: request.headers.range });
      scene.answer(request, response, request.url === '/labels.gz' ? LABELS : CONTENT);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const scene: Scene = {
      folder,
      baseUrl,
      requests: [],
      progress: [],
      answer: ranges,
      get: (options) =>
        download({
          baseUrl,
          directory: folder,
          files: FILES,
          onProgress: (p) => scene.progress.push(p),
          ...options,
        }),
    };
    try {
      await body(scene);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

function complete(folder: string): void {
  assert.equal(readdirSync(folder).sort(), ['images.gz', 'labels.gz']);
  assert.ok(readFileSync(join(folder, 'images.gz')).equals(CONTENT));
}

test('fetches, reports, and does not fetch again', () =>
  withServer(async (scene) => {
    assert.is(await scene.get(), scene.folder);
    complete(scene.folder);
    assert.equal(scene.progress.at(-1), { file: 'labels.gz', received: 6, total: 6, resumed: 0 });
    assert.equal(
      scene.requests.map((r) => r.url),
      ['/images.gz', '/labels.gz'],
    );
    await scene.get();
    assert.is(scene.requests.length, 2);
  }));

test('a file on disk that is damaged is fetched again', () =>
  withServer(async (scene) => {
    writeFileSync(join(scene.folder, 'labels.gz'), 'xabels');
    await scene.get();
    complete(scene.folder);
    assert.is(readFileSync(join(scene.folder, 'labels.gz'), 'utf8'), 'labels');
  }));

test('a file whose length nobody published: as long as the server says, and of the digest whose first digits are known', () =>
  withServer(async (scene) => {
    const sha256 = createHash('sha256').update(CONTENT).digest('hex').slice(0, 8);
    const files = [{ name: 'images.gz', bytes: null, sha256 }];
    scene.answer = breakAfter(80_000);
    await fails(() => scene.get({ files }), 3, /images\.gz: broke off after 80000 bytes/);
    scene.answer = ranges;
    await scene.get({ files });
    assert.equal(scene.requests.map((r) => r.range).slice(-1), ['bytes=80000-']);
    assert.ok(readFileSync(join(scene.folder, 'images.gz')).equals(CONTENT));
    await fails(
      () => scene.get({ files: [{ ...files[0], name: 'other.gz', sha256: '00000000' }] }),
      3,
      /other\.gz: what arrived does not have a SHA-256 that begins with 00000000; it was removed/,
    );
    assert.equal(readdirSync(scene.folder), ['images.gz']);
  }));

test('a redirect on the same server is followed; to another one it is refused, and on and on', () =>
  withServer(async (scene) => {
    const elsewhere = createServer((_, response) => void response.end(CONTENT));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    const files = FILES.slice(0, 1);
    try {
      scene.answer = (_, response) =>
        void response.writeHead(302, { location: `http://127.0.0.1:${port}/images.gz` }).end();
      await fails(() => scene.get({ files }), 3, /redirects to http:\/\/127\.0\.0\.1:\d+\/images\.gz, another server/);
      scene.answer = (_, response) => void response.writeHead(302, { location: '/images.gz' }).end();
      await fails(() => scene.get({ files }), 3, /redirects on and on/);
      scene.answer = (request, response, content) =>
        request.url === '/there'
          ? void response.end(content)
          : void response.writeHead(302, { location: '/there' }).end();
      await scene.get({ files });
      assert.ok(readFileSync(join(scene.folder, 'images.gz')).equals(CONTENT));
    } finally {
      elsewhere.close();
    }
  }));

test('broken off, then continued by Range', () =>
  withServer(async (scene) => {
    scene.answer = breakAfter(80_000);
    const error = await fails(scene.get, 3, /images\.gz: broke off after 80000 of 200000 bytes/);
    assert.match(error.fix ?? '', /goes on from there/);
    assert.equal(readdirSync(scene.folder), ['images.gz.part']);
    assert.is(readFileSync(join(scene.folder, 'images.gz.part')).length, 80_000);

    scene.answer = ranges;
    await scene.get();
    complete(scene.folder);
    assert.is(scene.requests[1].range, 'bytes=80000-');
    const first = scene.progress.find((p) => p.resumed > 0);
    assert.is(first?.resumed, 80_000); // saved
    assert.ok((first?.received ?? 0) > 80_000);
  }));

test('a server that ignores Range sends all of it again', () =>
  withServer(async (scene) => {
    writeFileSync(join(scene.folder, 'images.gz.part'), CONTENT.subarray(0, 1000));
    scene.answer = whole;
    await scene.get();
    complete(scene.folder);
    assert.is(scene.requests[0].range, 'bytes=1000-');
    assert.is(scene.progress[0].resumed, 0);
  }));

test('416, or a range that was not asked for: from the start', () =>
  withServer(async (scene) => {
    for (const status of [416, 206]) {
      writeFileSync(join(scene.folder, 'images.gz.part'), CONTENT.subarray(0, 1000));
      scene.answer = (request, response, content) => {
        if (request.headers.range === undefined) return whole(request, response, content);
        response.writeHead(status, { 'Content-Range': 'bytes 0-199999/200000' }).end();
      };
      await scene.get({ files: FILES.slice(0, 1) });
      assert.ok(readFileSync(join(scene.folder, 'images.gz')).equals(CONTENT));
      writeFileSync(join(scene.folder, 'images.gz'), '');
    }
    assert.equal(
      scene.requests.map((r) => r.range),
      ['bytes=1000-', undefined, 'bytes=1000-', undefined],
    );
  }));

test('a .part that is whole needs no request; one that is too long is dropped', () =>
  withServer(async (scene) => {
    writeFileSync(join(scene.folder, 'images.gz.part'), CONTENT);
    writeFileSync(join(scene.folder, 'labels.gz.part'), 'labels and more');
    await scene.get();
    complete(scene.folder);
    assert.equal(scene.requests, [{ url: '/labels.gz', range: undefined }]);
  }));

test('a wrong md5 removes what came', () =>
  withServer(async (scene) => {
    scene.answer = (_request, response, content) => void response.end(Buffer.alloc(content.length));
    await fails(scene.get, 3, /images\.gz: what arrived does not have the md5/);
    assert.equal(readdirSync(scene.folder), []);
  }));

test('more bytes than there are; fewer', () =>
  withServer(async (scene) => {
    scene.answer = (_request, response, content) => void response.end(Buffer.concat([content, content]));
    await fails(scene.get, 3, /sends more than the 200000 bytes/);
    scene.answer = (_request, response) => void response.end('x');
    await fails(() => scene.get({ files: FILES.slice(1) }), 3, /ended after 1 of 6 bytes/);
  }));

for (const status of [404, 403, 500]) {
  test(`HTTP ${status} is named`, () =>
    withServer(async (scene) => {
      scene.answer = (_request, response) => void response.writeHead(status).end('no');
      const error = await fails(
        scene.get,
        3,
        new RegExp(`127\\.0\\.0\\.1.*images\\.gz: the server answered ${status}`),
      );
      assert.match(error.fix ?? '', /WEFT_MIRROR/);
      assert.not(existsSync(join(scene.folder, 'images.gz')));
    }));
}

test('a connection that stalls is given up', () =>
  withServer(async (scene) => {
    scene.answer = (_request, response, content) => {
      response.writeHead(200, { 'Content-Length': content.length });
      response.write(content.subarray(0, 10));
    };
    await fails(
      () => scene.get({ stallMs: 150 }),
      3,
      /broke off after 10 of 200000 bytes: nothing arrived for 0\.15 s/,
    );
  }));

test('no server; no URL; another protocol', () =>
  inFolder(async (directory) => {
    await fails(
      () => download({ baseUrl: 'http://127.0.0.1:9', directory }),
      3,
      /train-images.*\.gz: cannot be reached: fetch failed/,
    );
    await fails(() => download({ baseUrl: 'nonsense', directory }), 2, /"nonsense\/?" is not a URL/);
    await fails(() => download({ baseUrl: 'ftp://a/b', directory }), 2, /ftp: is not read/);
  }));

test('WEFT_MIRROR names the server and a folder on it', () =>
  withServer(async (scene) => {
    const before = process.env['WEFT_MIRROR'];
    process.env['WEFT_MIRROR'] = `${scene.baseUrl}/mirror/fashion`;
    try {
      await download({ directory: scene.folder, files: FILES.slice(0, 1) });
    } finally {
      if (before === undefined) delete process.env['WEFT_MIRROR'];
      else process.env['WEFT_MIRROR'] = before;
    }
    assert.equal(scene.requests, [{ url: '/mirror/fashion/images.gz', range: undefined }]);
  }));

testWithData(test, 'the pinned sizes and md5s are those of the real files', 'fashion-mnist', (folder) => {
  for (const { name, bytes, md5: expected } of FASHION_FILES) {
    const content = readFileSync(join(folder, name));
    assert.is(content.length, bytes);
    assert.is(md5(content), expected);
  }
});

test.run();
