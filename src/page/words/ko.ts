/** The page in Korean. */
import type { Words } from './en.js';
import { CLASSIFY } from './ko/classify.js';
import { ENGINE } from './ko/engine.js';
import { ERRORS } from './ko/errors.js';
import { FIGURES } from './ko/figures.js';
import { GARMENTS } from './ko/garments.js';
import { LAB } from './ko/lab.js';
import { OPEN } from './ko/open.js';
import { PAGE } from './ko/page.js';
import { SIMILAR } from './ko/similar.js';
import { TRAIN } from './ko/train.js';
import { TEACH } from './ko/teach.js';

export const KO: Words = {
  name: '한국어',
  figures: FIGURES,
  errors: ERRORS,
  page: PAGE,
  engine: ENGINE,
  classify: CLASSIFY,
  similar: SIMILAR,
  garments: GARMENTS,
  train: TRAIN,
  lab: LAB,
  open: OPEN,
  teach: TEACH,
};
