/** What a file holds, by its first bytes: names lie. Which names are no data at all. */
import { formatOf } from './picture_header.js';

/** Formats that are read. */
export type PictureFormat = 'jpeg' | 'png' | 'webp';

/** So many bytes tell; an SVG picture may open with a declaration and a comment. */
export const HEAD_BYTES = 512;

/** Names that folders of pictures are searched for where contents say nothing. */
export const PICTURE_NAME = /\.(jpe?g|png|webp)$/i;

/** What systems, archives and devices leave beside one's files. */
const RUBBISH = new Set([
  '__macosx',
  '@eadir',
  '@recycle',
  '#recycle',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'icon\r',
  '__pycache__',
]);

/** Hidden, or as good as: begins with a dot, or is of no user's making. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || RUBBISH.has(name.toLowerCase());
}

/** Brands of an ISO base media file (ISO/IEC 14496-12, 4.3): what follows `ftyp`. */
function mediaFormat(text: string): string {
  const brands = text.slice(8, 64);
  if (/avi[fs]/.test(brands)) return 'AVIF';
  if (/^.{0,8}(?:hei[cxms]|hev[cxms]|mif1|msf1)/.test(brands)) return 'HEIC';
  return brands.startsWith('crx ') ? 'raw' : 'MP4';
}

const SIGNATURES: readonly (readonly [start: RegExp, format: string])[] = [
  [/^GIF8[79]a/, 'GIF'],
  [/^BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0/s, 'BMP'],
  [/^(?:II[*+]\0|MM\0[*+])/, 'TIFF'], // and most cameras' raw files
  [/^(?:\0\0\0\x0cJXL |\xff\x0a)/, 'JPEG XL'],
  [/^(?:\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/, 'JPEG 2000'],
  [/^II\xbc/, 'JPEG XR'],
  [/^8BP[SB]/, 'Photoshop'],
  [/^\0\0[\x01\x02]\0.\0/s, 'ICO'],
  [/^%PDF-/, 'PDF'],
  [/^P[1-7]\s/, 'PNM'],
  [/^qoif/, 'QOI'],
  [/^DDS /, 'DDS'],
  [/^v\/1\x01/, 'OpenEXR'],
  [/^#\?RADIANCE/, 'Radiance'],
  [/^RIFF.{4}AVI /s, 'AVI'],
  [/^\x1a\x45\xdf\xa3/, 'Matroska'],
  [/^PK\x03\x04/, 'ZIP'],
  [/^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg[\s/>]/s, 'SVG'],
];

/**
 * The format of a file that begins so: one that is read, another's name, or null for what is no picture that anybody
 * knows.
 */
export function formatOfHead(head: Uint8Array): PictureFormat | { readonly other: string } | null {
  const read = formatOf(head);
  if (read !== null) return read;
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  if (text.startsWith('ftyp', 4)) return { other: mediaFormat(text) };
  const other = SIGNATURES.find(([start]) => start.test(text))?.[1];
  return other === undefined ? null : { other };
}
