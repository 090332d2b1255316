/** The tab Learn, its second part: a network laid open. */
import type { OPEN as Said } from '../en/open.js';
import { FIGURES } from './figures.js';

const { fixed, percent, signed } = FIGURES;

const then = (activation: string | null): string =>
  activation === null ? '' : ` 그다음 활성화 함수는 ${activation}입니다.`;
const made = (activation: string | null, after: number): string =>
  activation === null ? '' : `, 활성화 함수 ${activation} 적용 후 ${signed(after)}`;

export const OPEN: typeof Said = {
  heading: '열어 본 신경망',
  about:
    '신경망이 학습하는 동안 각 층이 사진의 어떤 숫자로 무엇을 만드는지, 손실이 무엇을 바꾸라고 하는지 보여 줍니다.',
  network: '신경망',
  start: '열어 보기',
  one: '한 단계',
  ten: '열 단계',
  next: '다른 옷',
  reset: '초기화',
  training: '학습 중 …',
  picture: '그림',
  pictureOf: (garment) => `그림: ${garment}`,
  takenFor: (step, garment, share, loss) =>
    `${step}단계: 신경망의 답은 ${garment} (${percent(share)}), 이 그림의 손실은 ${fixed(loss, 3)}입니다.`,
  layers: '그림에서 클래스까지의 층',
  linear: (name, count, inputs, activation) =>
    `${name}: 선형층입니다. 숫자 ${count}개가 저마다 앞의 숫자 ${inputs}개를 모두 봅니다.${then(activation)}`,
  conv2d: (name, maps, size, padding, activation) =>
    `${name}: 합성곱층입니다. 맵 ${maps}개가 저마다 앞의 맵마다 ${size} 필터를 하나씩 가지며, 필터는 맵 위를 미끄러져 ` +
    `갑니다.${padding > 0 ? ` 가장자리 밖으로 ${padding}칸까지 나가며 그곳의 값은 0입니다.` : ''}${then(activation)}`,
  avg_pool2d: (name, size, activation) => `${name}: 맵의 ${size} 숫자마다 평균을 다음으로 넘깁니다.${then(activation)}`,
  max_pool2d: (name, size, activation) =>
    `${name}: 맵의 ${size} 숫자마다 최댓값을 다음으로 넘깁니다.${then(activation)}`,
  maps: '맵',
  mapsOf: (count, size) => `${size} 맵 ${count}개`,
  numbersOf: (count) => `숫자 ${count}개`,
  mapsName: (layer, shape) => `${layer}, ${shape} 맵: 방향키로 숫자를 고릅니다`,
  manyMapsName: (layer, shape) => `${layer}, ${shape} 맵: 방향키로 숫자를, Page Up과 Page Down으로 맵을 고릅니다`,
  numbersName: (layer, shape) => `${layer}, ${shape} 숫자: 방향키로 숫자를 고릅니다`,
  mapsHelp: '숫자를 누르거나 방향키로 고르십시오. 밝으면 양수, 어두우면 음수, 중간 회색은 0입니다.',
  asked: '손실이 바라는 변화',
  mapsGradient: '맵에 대한 손실의 기울기',
  mapsGradientAbout: '맵의 기울기입니다. 밝은 곳은 커질수록 손실이 늘고, 어두운 곳은 커질수록 손실이 줍니다.',
  filters: '필터',
  filtersOf: (count) => `필터 ${count}개`,
  weightsOf: (number) => `${number}번 숫자의 가중치`,
  filtersOfMap: (map) => `${map}번 맵의 필터, 앞의 맵마다 하나`,
  greys: '밝으면 더하고 어두우면 뺍니다.',
  filtersGradient: '필터에 대한 손실의 기울기',
  filtersGradientAbout:
    '한 단계마다 필터는 배치의 그림 32장 전체의 기울기 반대쪽으로 움직입니다. 여기 보이는 것은 이 그림 한 장의 기울기입니다.',
  comesAbout: '숫자 하나가 만들어지는 과정',
  rows: '창과 그것으로 만든 숫자',
  numberIs: (number, value, sentence, gradient) =>
    `${number}번 숫자의 값은 ${signed(value)}입니다. ${sentence}. 이곳에서 손실의 기울기는 ${signed(gradient)}입니다.`,
  classIs: (number, garment, value, sentence, gradient) =>
    `${number}번 숫자(${garment})의 값은 ${signed(value)}입니다. ${sentence}. 이곳에서 손실의 기울기는 ` +
    `${signed(gradient)}입니다.`,
  placeIs: (row, column, map, value, sentence, gradient) =>
    `${map}번 맵 ${row}행 ${column}열의 값은 ${signed(value)}입니다. ${sentence}. 이곳에서 손실의 기울기는 ` +
    `${signed(gradient)}입니다.`,
  meanOf: (before, activation, after) => `창의 평균 ${signed(before)}${made(activation, after)}`,
  largestOf: (before, activation, after) => `창의 최댓값 ${signed(before)}${made(activation, after)}`,
  sumOf: (total, maps, bias, before, activation, after) =>
    `${maps > 1 ? `맵 ${maps}개에 걸친 ` : ''}곱의 합 ${signed(total)}, 편향 ${signed(bias)}까지 더해 ` +
    `${signed(before)}${made(activation, after)}`,
  map: (channel) => `${channel}번 맵`,
  window: '창',
  filter: '필터',
  products: '곱',
  sum: (value) => `합 ${signed(value)}`,
  mean: (value) => `평균 ${signed(value)}`,
  largest: (value) => `최댓값 ${signed(value)}`,
  others: (maps, sum) => `나머지 맵 ${maps}개의 합은 ${signed(sum)}입니다.`,
};
