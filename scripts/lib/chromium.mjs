/**
 * A browser to test the page in: the machine's Chromium or Chrome, else Debian's package, when that may be installed.
 */
import { existsSync } from 'node:fs';
import { aptInstall, hasApt } from './apt.mjs';
import { say, SetupError } from './host.mjs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];

/** Path of the browser; `WEFT_CHROMIUM` names another. Null when there is none. */
export function chromiumPath() {
  return [process.env.WEFT_CHROMIUM, ...PLACES].find((path) => path && existsSync(path)) ?? null;
}

/** Installs Chromium where there is none. Throws SetupError 4 when it cannot be had. */
export function ensureChromium() {
  if (chromiumPath() !== null) return;
  if (!hasApt() || process.getuid?.() !== 0)
    throw new SetupError(
      4,
      'no Chromium or Chrome here. Install one (Debian: apt-get install chromium), or name it in WEFT_CHROMIUM.',
    );
  say('installing Chromium, to test the page in …');
  if (!aptInstall(['chromium']) || chromiumPath() === null)
    throw new SetupError(
      4,
      'Chromium cannot be installed; apt-get says why above. Install it by hand, or name a Chrome in WEFT_CHROMIUM.',
    );
}
