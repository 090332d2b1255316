/**
 * The fonts of the charts. Their package has 22 of 12 MB, and charts need two: these are copied into dist/fonts with
 * their licence, so that whoever installs Weft gets no others.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './host.mjs';

/** As src/report/render.ts asks for them. */
export const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'];

export function copyFonts() {
  const [from, to] = [join(ROOT, 'node_modules', 'dejavu-fonts-ttf'), join(ROOT, 'dist', 'fonts')];
  mkdirSync(to, { recursive: true });
  for (const name of FONTS) copyFileSync(join(from, 'ttf', name), join(to, name));
  copyFileSync(join(from, 'LICENSE'), join(to, 'LICENSE'));
}
