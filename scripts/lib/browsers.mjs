/**
 * Browsers to test the page in: the machine's own Chromium or Chrome, and Firefox, else Debian's packages, when they
 * may be installed.
 */
import { existsSync } from 'node:fs';
import { aptInstall, hasApt } from './apt.mjs';
import { say, SetupError } from './host.mjs';

const BROWSERS = {
  chromium: {
    name: 'Chromium or Chrome',
    variable: 'WEFT_CHROMIUM',
    places: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/opt/google/chrome/chrome'],
    debian: 'chromium',
  },
  firefox: {
    name: 'Firefox',
    variable: 'WEFT_FIREFOX',
    places: ['/usr/bin/firefox', '/usr/bin/firefox-esr', '/usr/lib/firefox/firefox', '/opt/firefox/firefox'],
    debian: 'firefox-esr',
  },
};

/** Path of a browser, `chromium` or `firefox`; `WEFT_CHROMIUM` and `WEFT_FIREFOX` name another. Null: there is none. */
export function browserPath(kind) {
  const { variable, places } = BROWSERS[kind];
  return [process.env[variable], ...places].find((path) => path && existsSync(path)) ?? null;
}

/** Installs a browser where there is none. Throws SetupError 4 when it cannot be had. */
export function ensureBrowser(kind) {
  if (browserPath(kind) !== null) return;
  const { name, variable, debian } = BROWSERS[kind];
  if (!hasApt() || process.getuid?.() !== 0)
    throw new SetupError(
      4,
      `no ${name} here. Install one (Debian: apt-get install ${debian}), or name it in ${variable}.`,
    );
  say(`installing ${name}, to test the page in …`);
  if (!aptInstall([debian]) || browserPath(kind) === null)
    throw new SetupError(
      4,
      `${name} cannot be installed; apt-get says why above. Install it by hand, or name it in ${variable}.`,
    );
}
