/**
 * What browsers get, built with vite: dist/browser/weft.js, the library in one module (`weftgrad/browser`), and
 * dist/page, the page that `weft serve` and `weft page` hand out. `#platform` is src/platform/browser.ts here, and the
 * shaders' text goes into the bundle; so do the kernels of docs/lessons, for the page to hand out and check.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { ROOT, say } from './host.mjs';
import { pageApp } from './page_app.mjs';

/** Without comments, which are half of the text. Lines stay where they are: compilers' messages name them. */
const withoutComments = (wgsl) => wgsl.replace(/[ \t]*\/\/.*/g, '');

function shaders() {
  const names = readdirSync(join(ROOT, 'shaders'), { recursive: true })
    .filter((name) => name.endsWith('.wgsl'))
    .sort();
  return Object.fromEntries(
    names.map((name) => [
      name.replaceAll('\\', '/'),
      withoutComments(readFileSync(join(ROOT, 'shaders', name), 'utf8')),
    ]),
  );
}

function settings() {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return {
    configFile: false,
    logLevel: 'warn',
    resolve: {
      alias: [
        { find: '#platform', replacement: join(ROOT, 'src', 'platform', 'browser.ts') },
        // what the checks of the lessons import
        { find: 'weftgrad/learn', replacement: join(ROOT, 'src', 'learn', 'index.ts') },
        { find: /^weftgrad$/, replacement: join(ROOT, 'src', 'browser.ts') },
      ],
    },
    define: { WEFT_SHADERS: JSON.stringify(shaders()), WEFT_PACKAGE: JSON.stringify({ name, version }) },
  };
}

/**
 * Of the lessons the page takes the kernels. What checks programs stays out, and with it the whole library, which some
 * of them import.
 */
const kernelLessons = {
  name: 'kernel-lessons',
  load(id) {
    const lesson = /^(.*[\\/]docs[\\/]lessons[\\/][^\\/]+)[\\/]check\.mjs$/.exec(id)?.[1];
    if (lesson === undefined || readdirSync(join(lesson, 'start')).some((name) => name.endsWith('.wgsl'))) return null;
    return 'export const exercises = {};';
  },
};

/**
 * The page is one module of half a megabyte, for a machine that it is served on, and one more for the tab Learn: vite's
 * advice to part it further is not followed.
 */
const CHUNK_KILOBYTES = 1500;
const COMMON = {
  target: 'es2022',
  emptyOutDir: true,
  reportCompressedSize: false,
  chunkSizeWarningLimit: CHUNK_KILOBYTES,
  modulePreload: false, // what it puts into modules asks for a document, which a worker has not
  assetsInlineLimit: 0,
};

/**
 * The page; its worker, which the page starts by name; and the library under a name of its own, of the same engine: a
 * model of the user's own imports it, where the run has one. Nobody else loads it.
 */
const NAMED = { worker: 'worker.js', weftgrad: 'assets/weftgrad.js' };
const PAGE_ENTRIES = {
  input: {
    index: join(ROOT, 'src', 'page', 'index.html'),
    worker: join(ROOT, 'src', 'page', 'worker', 'worker.ts'),
    weftgrad: join(ROOT, 'src', 'browser.ts'),
  },
  preserveEntrySignatures: 'strict',
  output: {
    entryFileNames: ({ name }) => NAMED[name] ?? 'assets/[name]-[hash].js',
    chunkFileNames: 'assets/[name]-[hash].js',
  },
};

/** The page's service worker. A script and no module: not all browsers take modules there. */
const SERVICE_WORKER = {
  entry: join(ROOT, 'src', 'page', 'app', 'sw.ts'),
  formats: ['iife'],
  name: 'weft',
  fileName: () => 'sw.js',
};

function report(what, output) {
  for (const { fileName, code, source } of output) {
    const bytes = Buffer.from(code ?? source);
    say(
      `${what}/${fileName}: ${(bytes.length / 1000).toFixed(0)} kB, ` +
        `${(gzipSync(bytes).length / 1000).toFixed(0)} kB compressed`,
    );
  }
}

/** Builds both, and says how large they are. Rejects when something does not resolve or parse. */
export async function bundle() {
  const library = { entry: join(ROOT, 'src', 'browser.ts'), formats: ['es'], fileName: () => 'weft.js' };
  const [{ output }] = await build({
    ...settings(),
    esbuild: { keepNames: true }, // models are printed, and errors told, by the names of their classes
    root: join(ROOT, 'src'),
    publicDir: false,
    build: { ...COMMON, outDir: join(ROOT, 'dist', 'browser'), lib: library },
  });
  report('dist/browser', output);
  const page = await build({
    ...settings(),
    plugins: [kernelLessons, pageApp],
    root: join(ROOT, 'src', 'page'),
    base: './',
    publicDir: false,
    build: { ...COMMON, outDir: join(ROOT, 'dist', 'page'), rollupOptions: PAGE_ENTRIES },
  });
  report('dist/page', page.output);
  const [worker] = await build({
    ...settings(),
    root: join(ROOT, 'src', 'page'),
    publicDir: false,
    build: { ...COMMON, outDir: join(ROOT, 'dist', 'page'), emptyOutDir: false, lib: SERVICE_WORKER },
  });
  report('dist/page', worker.output);
}
