/** The tab Learn, its first part: kernels to write. */
import type { LAB as Said } from '../en/lab.js';
import { FIGURES } from './figures.js';

export const LAB: typeof Said = {
  loading: '불러오는 중 …',
  needs: '커널을 실행하려면 WebGPU가 필요하지만 이 브라우저에는 없습니다.',
  heading: '커널 작성하기',
  exercise: '연습 문제',
  progress: (solved, of) => `${of}개 중 ${solved}개 해결`,
  about: (lesson, task) => `단원 ${lesson}: ${task}.`,
  editor: (file) => `${file}: Control-Enter로 실행하고 Tab으로 편집기를 나갑니다`,
  run: '실행',
  stop: '중지',
  hint: '힌트',
  hintNumber: (n, of) => `힌트 ${n}/${of}`,
  noMoreHints: '힌트를 모두 보았습니다',
  showSolution: '풀이 보기',
  hideSolution: '풀이 숨기기',
  again: '처음부터 다시',
  keys:
    'Ctrl-Enter로 실행합니다. Tab으로 편집기를 나가고, Ctrl-]와 Ctrl-[로 들여쓰기를 바꾸며, Ctrl-Z로 되돌립니다. ' +
    '작성한 내용은 이 브라우저에 남습니다. 단원 설명, 힌트, 검사 결과, 컴파일러 메시지는 영어로 나옵니다.',
  tests: '검사 결과',
  hints: '힌트',
  solution: '풀이',
  take: '편집기에 넣기',
  running: '실행 중 …',
  still: '아직 실행 중입니다. 좀처럼 끝나지 않는 반복문이 있나요?',
  stopped: '중지했습니다.',
  passed: '통과',
  failed: '실패',
  notTried: (tests) => `나머지 ${tests}개는 실행하지 않음`,
  notYet: '아직 아닙니다.',
  solved: '해결했습니다. 모든 크기에서 맞습니다.',
  timing: '해결했습니다. 모든 크기에서 맞습니다. 시간을 재는 중 …',
  takes: (milliseconds) => `해결했습니다. 모든 크기에서 맞고, 걸린 시간은 ${FIGURES.duration(milliseconds)}입니다.`,
  timed: (size) => `이 기기에서 한 번 실행한 시간(${size})과 작성한 커널 대비 배수:`,
  yours: '작성한 커널',
  theirs: '풀이',
  ofWeft: (name) => `Weft 내장 ${name}`,
  times: (ratio) => `${FIGURES.fixed(ratio, 2)}배`,
};
