/** `weft page`: a folder that any web server can hand out. */
import { joinPath, makeDirectory, parentFolder, writeFileAtomic } from '#platform';
import { inParallel } from '../../data/in_parallel.js';
import { nameSome } from '../../data/pictures/picture_list.js';
import { pictureOf } from '../../retrieval/catalogue.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { pageBackbone } from '../serve/page_backbone.js';
import { pageFiles, type PageIndex } from '../serve/page_files.js';
import { pageIndexOptions, pageRuns, sayParts } from '../serve/page_options.js';
import { checkPageFolder, emptyPageFolder } from '../serve/page_folder.js';
import { LiveLine } from '../progress.js';
import { PAGE_OPTIONS } from '../options/run_options.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(PAGE_OPTIONS, argv);
  const out = String(o['out']);
  const runs = pageRuns(argv, o, 'page');
  await ownFolder(out, () => writePage(argv, o, runs, out), true);
}

async function writePage(
  argv: Parsed,
  o: Readonly<Record<string, unknown>>,
  runs: readonly string[],
  out: string,
): Promise<void> {
  await checkPageFolder(out, o['force'] === true);
  const missing: string[] = [];
  const options = pageIndexOptions(o, (why) => missing.push(why));
  const backbone = await pageBackbone(o);
  const { files, index, manifest } = await pageFiles({ runs, index: options, backbone, classifies: false });
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
  sayParts(manifest);
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
