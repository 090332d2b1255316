/** What stands around the tabs. */
import type { PAGE as Said } from '../en/page.js';

export const PAGE: typeof Said = {
  title: 'Weft: 사진 속 물건 알아보기',
  description: '사진에 무엇이 있는지, 신경망이 그것을 어떻게 배우는지 이 브라우저에서 계산합니다.',
  tabs: '할 일',
  classify: '분류',
  train: '학습',
  learn: '배우기',
  script: '이 페이지는 브라우저에서 계산하므로 JavaScript가 필요합니다.',
  kernelsBefore: '명령줄의',
  kernelsAfter: '명령과 같은, 손으로 작성한 WebGPU 커널이 이 페이지에서 실행됩니다.',
};
