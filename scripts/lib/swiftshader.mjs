/**
 * SwiftShader: a second, independent software driver, so that the tests can be run on two. Debian's package
 * chromium-common carries it together with a Vulkan loader; three files of it are unpacked into node_modules/.cache,
 * nothing is installed.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeAdapter } from './adapter.mjs';
import { aptDownload, hasApt } from './apt.mjs';
import { capture, ROOT, say, SetupError, tail } from './host.mjs';

const CACHE = join(ROOT, 'node_modules', '.cache', 'weft-swiftshader');
const ICD = join(CACHE, 'vk_swiftshader_icd.json');
const FILES = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'];
const INSTALLED = ['/usr/lib/chromium', '/opt/google/chrome'];

/** Path of SwiftShader's ICD json (what VK_DRIVER_FILES names), or null when it has not been set up. */
export function swiftshaderIcd() {
  return existsSync(ICD) ? ICD : null;
}

/**
 * The environment that makes a child process use SwiftShader, with the loader it came with. Null when it has not been
 * set up.
 */
export function swiftshaderEnvironment() {
  if (swiftshaderIcd() === null) return null;
  const libraries = [CACHE, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { VK_DRIVER_FILES: ICD, VK_ICD_FILENAMES: ICD, LD_LIBRARY_PATH: libraries };
}

/** Puts SwiftShader into the cache unless it is there, and tries it. Throws SetupError 4 when it cannot be had. */
export function ensureSwiftshader() {
  if (swiftshaderIcd() === null) fill();
  const { name, detail } = probeAdapter(swiftshaderEnvironment());
  if (name === null) {
    rmSync(CACHE, { recursive: true, force: true }); // so that the next run starts afresh
    throw new SetupError(4, `SwiftShader is here, but Dawn finds no adapter with it:\n${detail}`);
  }
  process.stderr.write(`adapter: ${name}\n`);
}

function fill() {
  const installed = INSTALLED.find((folder) => FILES.every((file) => existsSync(join(folder, file))));
  if (installed !== undefined) return take(installed);
  if (!hasApt()) {
    throw new SetupError(
      4,
      `SwiftShader is not at hand: it comes with Chromium (looked in ${INSTALLED.join(', ')}) or, on Debian, ` +
        `with the package chromium-common.`,
    );
  }
  say("fetching SwiftShader (out of Debian's package chromium-common, about 30 MB; it is not installed) …");
  const folder = mkdtempSync(join(tmpdir(), 'weft-swiftshader-'));
  try {
    const archive = aptDownload('chromium-common', folder);
    if (archive === null)
      throw new SetupError(
        4,
        'SwiftShader cannot be had: apt finds no package chromium-common (Ubuntu has none; install Google Chrome ' +
          'there, which carries it too).',
      );
    const paths = FILES.map((file) => `./usr/lib/chromium/${file}`);
    const unpack = capture('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$@"', archive, folder, ...paths]);
    if (!unpack.ok)
      throw new SetupError(4, `SwiftShader cannot be had: chromium-common does not unpack:\n${tail(unpack.output)}`);
    take(join(folder, 'usr', 'lib', 'chromium'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Copies the files; the ICD json, which then names the library by its full path, comes last, so that it proves the
 * rest.
 */
function take(folder) {
  mkdirSync(CACHE, { recursive: true });
  for (const file of FILES.slice(0, 2)) copyFileSync(join(folder, file), join(CACHE, file));
  const icd = JSON.parse(readFileSync(join(folder, FILES[2]), 'utf8'));
  icd.ICD.library_path = join(CACHE, FILES[0]);
  writeFileSync(ICD, JSON.stringify(icd));
}
