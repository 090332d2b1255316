/** What went wrong: the messages of src/data/pictures, of the page's worker and of the server that visitors meet. */
import type { ErrorWords } from '../errors.js';

const AGAIN = '파일을 다시 받아 보십시오.';
const SMALLER = '먼저 사진을 줄여 주십시오.';
const RELOAD = '페이지를 다시 여십시오.';

export const ERRORS: ErrorWords = {
  known: [
    [/^(.*): is empty$/s, (file) => `${file}: 빈 파일입니다. ${AGAIN}`],
    [
      /^(.*): is no JPEG, PNG or WebP picture$/s,
      (file) => `${file}: JPEG, PNG, WebP 사진이 아닙니다. 이 중 한 형식으로 바꿔 주십시오.`,
    ],
    [/^(.*): is damaged or truncated$/s, (file) => `${file}: 파일이 손상되었거나 잘렸습니다. ${AGAIN}`],
    [
      /^(.*): says that it has (\d+x\d+) pixels$/s,
      (file, size) => `${file}: 파일에 적힌 크기가 ${size}픽셀입니다. ${AGAIN}`,
    ],
    [
      /^(.*): has (\d+x\d+) pixels, at most (\d+) million are read$/s,
      (file, size, most) => `${file}: 크기가 ${size}픽셀입니다. 최대 ${most}백만 픽셀까지 읽습니다. ${SMALLER}`,
    ],
    [
      /^(.*): has ([\d.]+) MB, at most (\d+) MB are taken$/s,
      (file, size, most) => `${file}: 크기가 ${size} MB입니다. 최대 ${most} MB까지 받습니다. ${SMALLER}`,
    ],
    [
      /^(.*): is damaged, or too large for this browser$/s,
      (file) => `${file}: 파일이 손상되었거나 이 브라우저에는 너무 큽니다. 다시 받거나 줄여 주십시오.`,
    ],
    [
      /^(.*): this browser has no room for (\d+x\d+) pixels$/s,
      (file, size) => `${file}: 이 브라우저에는 ${size}픽셀을 담을 공간이 없습니다. ${SMALLER}`,
    ],
    [/^the picture has more than (\d+) MB$/, (most) => `사진이 ${most} MB보다 큽니다. ${SMALLER}`],
    [/^(.*): the server answers (\d+)$/s, (file, status) => `${file}: 서버의 응답은 ${status}입니다. ${RELOAD}`],
    [
      /^(.*): there is no answer from the server$/s,
      (file) => `${file}: 서버가 응답하지 않습니다. 네트워크를 확인하고 ${RELOAD}`,
    ],
    [
      /^(.*): ended after (\d+) of (\d+) bytes$/s,
      (file, got, all) => `${file}: ${all}바이트 중 ${got}바이트만 받았습니다. ${RELOAD}`,
    ],
    [
      /^(.*): is another file than page\.json says$/s,
      (file) => `${file}: page.json에 적힌 파일과 다릅니다. 잠시 뒤 페이지를 다시 여십시오.`,
    ],
    [
      /^the network was lost with the GPU that it lay on$/,
      () => 'GPU 연결이 끊겨 신경망을 잃었습니다. 초기화를 눌러 다시 시작하십시오.',
    ],
    [/^the server is busy; try again in a moment$/, () => '서버가 바쁩니다. 잠시 뒤 다시 시도하십시오.'],
    [
      /^too many pictures; the next one in (\d+) s$/,
      (seconds) => `사진이 너무 많습니다. ${seconds}초 뒤에 다시 보내십시오.`,
    ],
  ],
  other: (message, fix) => {
    const sentence = message.replace(/\.$/, '');
    return fix === undefined
      ? `문제가 생겼습니다(영어 메시지): ${sentence}.`
      : `문제가 생겼습니다(영어 메시지): ${sentence}. 해결 방법: ${fix}.`;
  },
};
