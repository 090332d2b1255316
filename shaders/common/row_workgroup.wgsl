// The sum and the maximum over the T neighbouring threads of a workgroup that share a row, pairwise in workgroup memory; all of them get
// it. All 64 threads must call these.
override T: u32 = 64;
const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;

fn row_sum(mine: f32, lane: u32) -> f32 {
  partial[lane] = mine;
  for (var width = T / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane % T < width) {
      partial[lane] += partial[lane + width];
    }
  }
  workgroupBarrier();
  let all = partial[lane / T * T];
  workgroupBarrier(); // before the next use of `partial`
  return all;
}

fn row_max(mine: f32, lane: u32) -> f32 {
  partial[lane] = mine;
  for (var width = T / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane % T < width) {
      partial[lane] = max(partial[lane], partial[lane + width]);
    }
  }
  workgroupBarrier();
  let all = partial[lane / T * T];
  workgroupBarrier();
  return all;
}
