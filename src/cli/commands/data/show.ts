/** `weft data show`: counts, and a contact sheet of what training sees. */
import { joinPath, writeFileAtomic } from '#platform';
import { drawRows, imagePng } from '../../../data/pictures/contact_sheet.js';
import type { ImageDataset } from '../../../data/dataset.js';
import { countParts } from '../../../data/count_parts.js';
import { meanStd } from '../../../data/normalize.js';
import { withFile } from '../../../device/files/outputs.js';
import { seenImages } from '../../../data/seen_images.js';
import { namedSheet, type NamedRows } from '../../../report/named_sheet.js';
import { fileNames } from '../../../text/file_name.js';
import { openDevice } from '../../command.js';
import type { Parsed } from '../../declare/declared.js';
import { countsDocument, sayCounts } from '../../data_counts.js';
import { SHOW_OPTIONS } from '../../options/data/data_options.js';
import { imageConfig, loadFor, notesOf } from '../../options/images.js';
import { resolveOptions } from '../../options/options.js';
import { printJson, say } from '../../output.js';
import { ownFolder } from '../../own_folder.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SHOW_OPTIONS, argv);
  const draw = (): Promise<void> => withFile(String(o['out']), () => showData(argv, o));
  await (o['pictures'] === undefined ? draw() : ownFolder(String(o['pictures']), draw));
}

async function showData(argv: Parsed, o: Readonly<Record<string, unknown>>): Promise<void> {
  const config = await imageConfig(o);
  const seed = Number(o['seed']);
  const splits = await loadFor(String(argv['data']), { ...config, seed: 0 });
  const { train, test } = splits;
  const out = String(o['out']);
  const drawn = { perClass: Number(o['per-class']), seed };
  const shown =
    config.augment || config.crop ? await seenByTraining(argv, train, config.augment ?? null, drawn) : train;
  writeFileAtomic(out, await namedSheet(shown, sheetRows(shown, drawn)));
  const written = o['pictures'] === undefined ? [] : await writePictures(String(o['pictures']), test ?? train, drawn);
  const counts = countParts({ train, test });
  sayCounts(train, counts);
  say(`\ncontact sheet: ${out} (a row per class)`);
  if (written.length > 0) say(`${written.length} pictures: ${written[0]}, …`);
  if (argv['json'] === true)
    printJson({
      ...countsDocument(train, counts),
      notes: notesOf(splits),
      contactSheet: out,
      ...(o['pictures'] === undefined ? {} : { pictures: written }),
    });
}

/** A row for each class, with its name; below pictures that are files what these are called. */
function sheetRows(data: ImageDataset, { perClass, seed }: { perClass: number; seed: number }): NamedRows {
  const rows = drawRows(data, perClass, seed);
  const { origins } = data;
  return {
    rows,
    names: data.classes.slice(0, rows.length),
    ...(origins === undefined ? {} : { captionOf: (i) => origins[i]?.file.split(/[\\/]/).at(-1) ?? null }),
  };
}

/** The pictures that a contact sheet of a part would show, as files named after their classes. Returns their paths. */
async function writePictures(
  folder: string,
  data: ImageDataset,
  { perClass, seed }: { perClass: number; seed: number },
): Promise<string[]> {
  const names = fileNames(data.classes);
  return drawRows(data, perClass, seed).flatMap((row, c) =>
    row.map((index, k) => {
      const path = joinPath(folder, `${names[c]}-${k + 1}.png`);
      writeFileAtomic(path, imagePng(data, index));
      return path;
    }),
  );
}

/** The pictures of a contact sheet as a network is given them. */
async function seenByTraining(
  argv: Parsed,
  train: ImageDataset,
  augment: string | null,
  { perClass, seed }: { perClass: number; seed: number },
): Promise<ImageDataset> {
  const indices = Uint32Array.from(drawRows(train, perClass, seed).flat());
  const device = await openDevice(argv);
  try {
    return await seenImages(device, train, meanStd(train, indices), indices, augment, seed);
  } finally {
    device.destroy();
  }
}
