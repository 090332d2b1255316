// weft train --data ./garments.ts:FAULT,FOLDER --validate-on test …: photographs whose test part is not read as the
// training part is. FAULT is none, bgr, dark or labels.
import { data, loadDataset } from 'weftgrad';

const CLASSES = {
  hat: ['hat'],
  outerwear: ['outwear'],
  tops: ['t-shirt', 'shirt', 'longsleeve'],
  bottoms: ['pants', 'shorts', 'skirt'],
  shoes: ['shoes'],
};

/** All images in memory. */
function held(part: data.ImageDataset): data.ReadImages {
  const size = part.channels * part.height * part.width;
  return { images: data.imageReader(part.images, size)(0, part.count).slice(), labels: part.labels };
}

/** Each byte made anew from those of its pixel. */
function repainted(
  part: data.ImageDataset,
  paint: (rgb: readonly number[], channel: number) => number,
): data.ReadImages {
  const { images, labels } = held(part);
  const area = part.height * part.width;
  const byte = (i: number): number => {
    const red = Math.floor(i / (3 * area)) * 3 * area + (i % area);
    return paint([images[red], images[red + area], images[red + 2 * area]], Math.floor(i / area) % 3);
  };
  return { images: images.map((_, i) => byte(i)), labels };
}

const FAULTS: Readonly<Record<string, (part: data.ImageDataset) => data.ReadImages>> = {
  none: held,
  // a decoder with the other order of channels
  bgr: (part) => repainted(part, (rgb, channel) => rgb[2 - channel]),
  // another range of numbers
  dark: (part) => repainted(part, (rgb, channel) => rgb[channel] / 2),
  // every 14th image (7 %) has the label of the next class
  labels: (part) => ({
    ...held(part),
    labels: part.labels.map((c, n) => (n % 14 === 0 ? (c + 1) % part.classes.length : c)),
  }),
};

export const garments = data.defineReader({
  name: 'garments',
  read: async ({ argument, imageSize = 32 }) => {
    const [fault, folder] = argument.split(/,(.*)/s);
    const { train, test } = await loadDataset(folder, { imageSize, classes: CLASSES });
    if (!(fault in FAULTS) || test === null)
      throw new Error(`give FAULT,FOLDER: one of ${Object.keys(FAULTS).join(', ')}, and a folder with a test part`);
    const { classes, channels, height, width } = train;
    return { train: held(train), test: FAULTS[fault](test), classes, channels, height, width };
  },
});
