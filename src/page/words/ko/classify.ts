/** The tab Classify. */
import type { CLASSIFY as Said } from '../en/classify.js';
import { FIGURES } from './figures.js';

export const CLASSIFY: typeof Said = {
  heading: '사진',
  network: '신경망',
  picture: '선택한 사진',
  hint: '사진을 끌어다 놓거나 붙여 넣으십시오.',
  hintOf: (classes) => `다음 중 하나가 담긴 사진을 끌어다 놓거나 붙여 넣으십시오: ${classes.join(', ')}.`,
  pick: '사진 선택',
  photo: '사진 찍기',
  example: '예시 보기',
  file: '사진 파일',
  camera: '카메라 사진',
  limits: 'JPEG, PNG, WebP 형식, 최대 20 MB.',
  stays: '사진은 이 브라우저를 벗어나지 않습니다.',
  sent: '이 브라우저는 계산할 수 없어 사진을 서버로 보냅니다.',
  openModel: '모델 열기',
  modelFile: '모델 파일',
  openRun: '학습 폴더 열기',
  runFolder: '학습 폴더',
  noRun: (file) => `이 폴더에는 ${file} 파일이 없습니다. 해결 방법: weft train으로 만든 폴더를 선택하세요.`,
  known: (classes) => `구별할 수 있는 클래스 (${FIGURES.whole(classes)}개)`,
  shows: '분류 결과',
  loadingModel: '모델을 불러오는 중 …',
  loadingName: '모델 불러오기',
  ready: (model) => `${model} 모델이 준비되었습니다.`,
  noModel: '이 페이지에는 모델이 없습니다. 학습 결과 폴더의 best.safetensors 파일을 여십시오.',
  notReady: '아직 모델이 준비되지 않았습니다. 다 불러올 때까지 기다려 주십시오.',
  cannot: 'WebGPU가 없으면 이 페이지에서 분류할 수 없습니다.',
  looking: '살펴보는 중 …',
  answer: (name, share) => `${name}, ${FIGURES.percent(share)}`,
  doubt: (side) =>
    `이 신경망은 한 변이 ${side}픽셀인 작은 흑백 그림을 학습했습니다. ` +
    '일반 사진은 거의 알아보지 못하므로 결과를 믿기 어려울 수 있습니다.',
  look: '신경망이 보는 곳',
  lookAbout:
    '사진을 한 부분씩 가려 봅니다. 가렸을 때 첫째 클래스의 확률이 떨어지는 곳이 신경망이 근거로 삼은 곳입니다.',
  lookAt: (done, of) => `살펴보는 중 … ${of}곳 중 ${done}곳`,
  showPicture: '사진 보기',
};
