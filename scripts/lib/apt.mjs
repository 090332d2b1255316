/**
 * Debian and Ubuntu: finds the machine's own package mirror, installs packages. Nothing under /etc/apt is changed: what
 * has to be added (Debian's backports) goes into a copy of the list of sources in a temporary folder that apt is
 * pointed to.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, say, tail } from './host.mjs';

/** ID, VERSION_ID, VERSION_CODENAME, … of a Linux system; empty elsewhere. */
export function osRelease() {
  const file = ['/etc/os-release', '/usr/lib/os-release'].find((path) => existsSync(path));
  if (file === undefined) return {};
  const lines = readFileSync(file, 'utf8').matchAll(/^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/gm);
  return Object.fromEntries([...lines].map((m) => [m[1], m[2] ?? m[3] ?? m[4]]));
}

/** True when apt-get is here. */
export function hasApt() {
  return process.platform === 'linux' && capture('apt-get', ['--version']).ok;
}

/** Where apt keeps its sources: the main file and the folder, as configured. */
function sourcePlaces() {
  const { stdout } = capture('apt-config', [
    'shell',
    'LIST',
    'Dir::Etc::SourceList/f',
    'PARTS',
    'Dir::Etc::SourceParts/d',
  ]);
  const value = (name, fallback) => stdout.match(new RegExp(`^${name}='(.*)'$`, 'm'))?.[1] ?? fallback;
  return { list: value('LIST', '/etc/apt/sources.list'), parts: value('PARTS', '/etc/apt/sources.list.d/') };
}

function sourceFiles() {
  const { list, parts } = sourcePlaces();
  const inFolder = existsSync(parts)
    ? readdirSync(parts)
        .filter((name) => /\.(list|sources)$/.test(name))
        .sort()
    : [];
  return [list, ...inFolder.map((name) => join(parts, name))].filter((path) => existsSync(path));
}

/**
 * The binary-package entries of a sources file, in either of apt's two formats. Each has `uris`, `suites`,
 * `components`, and `file(suite)`: name ending and text of a sources file with the same entry (same mirror, same key)
 * for another suite.
 */
export function parseSources(text, isDeb822) {
  return isDeb822 ? parseDeb822(text) : parseOneLine(text);
}

function parseOneLine(text) {
  const entries = [];
  for (const line of text.split('\n')) {
    // deb [signed-by=… arch=…] URI suite component…
    const m = line.replace(/#.*/, '').match(/^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/);
    if (m === null) continue;
    const [, options = '', uri, suite, components] = m;
    entries.push({
      uris: [uri],
      suites: [suite],
      components: components.split(/\s+/).filter(Boolean),
      file: (other) => ({ ending: 'list', text: `deb ${options}${uri} ${other} main\n` }),
    });
  }
  return entries;
}

function parseDeb822(text) {
  const entries = [];
  const uncommented = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  for (const stanza of uncommented.join('\n').split(/\n\s*\n/)) {
    const fields = new Map(); // lower-case name -> the field as written, with its continuation lines
    for (const field of stanza.split(/\n(?![ \t])/)) {
      const name = field.match(/^([A-Za-z0-9-]+):/)?.[1];
      if (name !== undefined) fields.set(name.toLowerCase(), field);
    }
    const words = (name) =>
      (fields.get(name) ?? '')
        .replace(/^[^:]*:/, '')
        .split(/\s+/)
        .filter(Boolean);
    if (!words('types').includes('deb') || /^no$/i.test(words('enabled')[0] ?? '')) continue;
    entries.push({
      uris: words('uris'),
      suites: words('suites'),
      components: words('components'),
      file(other) {
        const changed = new Map(fields)
          .set('types', 'Types: deb')
          .set('suites', `Suites: ${other}`)
          .set('components', 'Components: main');
        return { ending: 'sources', text: `${[...changed.values()].join('\n')}\n` };
      },
    });
  }
  return entries;
}

/**
 * The machine's own entry for Debian's main archive, or undefined. Other makers' archives use Debian's code names as
 * well, so one whose address speaks of Debian wins; the security archive has no backports.
 */
export function ownArchive(
  codename,
  entries = sourceFiles().flatMap((path) => parseSources(readFileSync(path, 'utf8'), path.endsWith('.sources'))),
) {
  const fitting = entries.filter(
    (e) =>
      e.suites.includes(codename) &&
      e.components.includes('main') &&
      !e.uris.some((uri) => /security|^cdrom:/.test(uri)),
  );
  return fitting.find((e) => e.uris.some((uri) => /\bdebian\b/.test(uri))) ?? fitting[0];
}

/**
 * Installs packages as root; with `backports`, from that suite of `archive` (see ownArchive). Returns true, or says
 * what went wrong and returns false.
 */
export function aptInstall(packages, backports, archive) {
  const folder = mkdtempSync(join(tmpdir(), 'weft-apt-'));
  try {
    const options = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120'];
    if (backports !== undefined) {
      // The machine's sources and ours, side by side. Update and install must see the same, or apt does not know the
      // suite.
      const { parts } = sourcePlaces();
      for (const path of sourceFiles())
        if (path.startsWith(parts)) copyFileSync(path, join(folder, path.slice(parts.length)));
      const { ending, text } = archive.file(backports);
      writeFileSync(join(folder, `weft-backports.${ending}`), text);
      options.push('-o', `Dir::Etc::SourceParts=${folder}`);
    }
    const run = (...args) =>
      capture('apt-get', [...options, ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      });
    say('apt-get update …');
    const update = run('-o', 'APT::Get::List-Cleanup=0', 'update');
    const suite = backports === undefined ? [] : ['-t', backports];
    say(`apt-get install ${[...suite, ...packages].join(' ')} … (a minute or two)`);
    const install = run('install', '-y', '--no-install-recommends', ...suite, ...packages);
    if (install.ok) return true;
    say(`apt-get failed:\n${tail(`${update.output}${install.output}`)}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Downloads a package file into `folder` without installing it and without being root. When apt knows no such package,
 * or not where it is now, the lists are fetched into that folder too, so that the system's stay as they are. Returns
 * the file's path, or null.
 */
export function aptDownload(name, folder) {
  const find = () => readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (capture('apt-get', ['download', name], { cwd: folder }).ok && find()) return join(folder, find());
  say('apt-get update (into a temporary folder) …');
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  chmodSync(folder, 0o755); // apt downloads as a user of its own
  const options = [
    '-q=2',
    '-o',
    `Dir::State::Lists=${join(folder, 'lists')}`,
    '-o',
    `Dir::Cache=${join(folder, 'cache')}`,
  ];
  const update = capture('apt-get', [...options, 'update']);
  const download = capture('apt-get', [...options, 'download', name], { cwd: folder });
  if (download.ok && find()) return join(folder, find());
  say(`apt-get download ${name} failed:\n${tail(`${update.output}${download.output}`)}`);
  return null;
}
