/** The page in Korean. */
import type { Words } from './en.js';
import { ENGINE } from './ko/engine.js';
import { TEACH } from './ko/teach.js';

export const KO: Words = {
  name: '한국어',
  engine: ENGINE,
  teach: TEACH,
};
