/**
 * What makes the page an app: its manifest, and icons of src/page/icon.svg in the sizes that browsers ask for when a
 * page is installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { ROOT } from './host.mjs';

const PAGE = join(ROOT, 'src', 'page');

/**
 * Pixels a side, and how much of each side stays blank. Of a maskable icon a circle of 80 % of the side is sure to be
 * seen (https://www.w3.org/TR/appmanifest/#icon-masks): with this edge the drawing reaches to 74 %.
 */
const ICONS = [
  { name: 'icon-192.png', size: 192, blank: 0, ground: null },
  { name: 'icon-512.png', size: 512, blank: 0, ground: null },
  { name: 'icon-maskable.png', size: 512, blank: 0.08, ground: 'white' },
];

function drawn({ size, blank, ground }) {
  const svg = readFileSync(join(PAGE, 'icon.svg'), 'utf8');
  const [, side] = /viewBox="0 0 (\d+) \1"/.exec(svg);
  const edge = (Number(side) * blank) / (1 - 2 * blank);
  const box = Number(side) + 2 * edge;
  const padded = svg.replace(/viewBox="[^"]*"/, `viewBox="${-edge} ${-edge} ${box} ${box}"`);
  const image = new Resvg(padded, {
    fitTo: { mode: 'width', value: size },
    ...(ground === null ? {} : { background: ground }),
  });
  return image.render().asPng();
}

/** For vite. The manifest's address is not to be rewritten: what it names is relative to it. */
export const pageApp = {
  name: 'page-app',
  transformIndexHtml: {
    order: 'post',
    handler: () => [
      // with cookies: `weft serve` may ask for its token
      {
        tag: 'link',
        attrs: { rel: 'manifest', href: './manifest.webmanifest', crossorigin: 'use-credentials' },
        injectTo: 'head',
      },
    ],
  },
  generateBundle() {
    const manifest = readFileSync(join(PAGE, 'app', 'manifest.webmanifest'));
    this.emitFile({ type: 'asset', fileName: 'manifest.webmanifest', source: manifest });
    for (const icon of ICONS) this.emitFile({ type: 'asset', fileName: `assets/${icon.name}`, source: drawn(icon) });
  },
};
