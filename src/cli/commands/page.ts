/** `weft page`: a folder that any web server can hand out. */
import { joinPath, makeDirectory, parentFolder, writeFileAtomic } from '#platform';
import { inParallel } from '../../data/in_parallel.js';
import { nameSome } from '../../data/pictures/picture_list.js';
import { pictureOf } from '../../retrieval/catalogue.js';
import { UsageError } from '../../device/errors.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { pageFiles, pageIndexOptions, type PageIndex } from '../serve/page_files.js';
import { checkPageFolder, emptyPageFolder } from '../serve/page_folder.js';
import { LiveLine } from '../progress.js';
import { PAGE_OPTIONS } from '../options/run_options.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(PAGE_OPTIONS, argv);
  const out = String(o['out']);
  checkWhich(argv['run'], o);
  await ownFolder(out, () => writePage(argv, o, out), true);
}

/** @throws UsageError unless it is a page with a run, or one to learn with. */
function checkWhich(given: unknown, o: Readonly<Record<string, unknown>>): void {
  if (o['learn'] !== true) {
    if (given === undefined)
      throw new UsageError('weft page needs a run to classify with', {
        fix: 'name a run folder, or with --learn write a page to learn with, which needs none',
      });
    return;
  }
  if (given !== undefined || o['index'] !== undefined)
    throw new UsageError('--learn writes a page without a run and without an index', {
      fix: 'leave --learn out: the page of a run has the tab Learn too',
    });
}

async function writePage(argv: Parsed, o: Readonly<Record<string, unknown>>, out: string): Promise<void> {
  await checkPageFolder(out, o['force'] === true);
  const missing: string[] = [];
  const options = pageIndexOptions(o, (why) => missing.push(why));
  const run = argv['run'] === undefined ? null : String(argv['run']);
  const { files, index } = await pageFiles({ run, index: options, classifies: false });
  await emptyPageFolder(out); // not before the new page is there
  let bytes = 0;
  const write = async (name: string, content: Uint8Array): Promise<void> => {
    const path = joinPath(out, ...name.split('/'));
    await makeDirectory(parentFolder(path));
    writeFileAtomic(path, content);
    bytes += content.length;
  };
  for (const [name, content] of files) await write(name, content);
  const pictures = index === null ? 0 : await writePictures(index, write);
  if (missing.length > 0)
    say(
      `warning: ${missing.length} pictures of the index cannot be had, their places stay blank: ${nameSome(missing)}`,
    );
  say(
    `${out}: ${files.size + pictures} files, ${(bytes / 1e6).toFixed(1)} MB; hand it out over https (browsers ` +
      `offer WebGPU there, and on this very machine)`,
  );
  if (argv['json'] === true) printJson({ out, files: [...files.keys()], pictures, missing, bytes });
}

/** The small pictures of an index; returns how many there are. */
async function writePictures(
  { files: { catalogue }, pictures }: PageIndex,
  write: (name: string, content: Uint8Array) => Promise<void>,
): Promise<number> {
  const line = new LiveLine();
  let [written, done] = [0, 0];
  try {
    await inParallel(catalogue.count, async (row) => {
      const content = await pictures.get(row);
      line.show(`${++done} of ${catalogue.count} pictures`);
      if (content === null) return;
      await write(pictureOf(catalogue, row), content);
      written++;
    });
  } finally {
    line.end();
  }
  return written;
}
