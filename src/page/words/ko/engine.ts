/** What is said of the engine, above the tabs. */
import type { ENGINE as Said } from '../en/engine.js';

export const ENGINE: typeof Said = {
  language: '언어',
  looking: 'GPU를 찾는 중 …',
  computing: (name) => `이 브라우저에서 계산 중: ${name || 'GPU'}`,
  missing: 'WebGPU가 없습니다',
  memory: (mebibytes) => `GPU 메모리 ${mebibytes} MiB`,
  renewed: (times) => `GPU가 ${times}번 끊겨 다시 연결됨`,
  insecure: '이 페이지는 http로 열렸습니다. 브라우저는 계산에 필요한 WebGPU를 https에서만 제공합니다.',
  noAdapter: '이 브라우저가 계산에 쓸 GPU를 찾지 못했습니다. 설정에서 하드웨어 가속이 켜져 있는지 확인하십시오.',
  noWebGpu: '이 브라우저에는 계산에 필요한 WebGPU가 없습니다. 최신 Chrome, Edge, Safari, Firefox에는 있습니다.',
};
