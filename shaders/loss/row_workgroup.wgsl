// The sum and the maximum over the T neighbouring threads of a workgroup that share a row, eight at a time in workgroup
// memory; all of them get it. All 64 threads must call these.
override T: u32 = 64;
const THREADS = 64u;
var<workgroup> partial: array<f32, THREADS>;

fn row_sum(mine: f32, lane: u32) -> f32 {
  partial[lane] = mine;
  var width = T;
  while (width > 1) {
    let next = max(width / 8, 1);
    workgroupBarrier();
    for (var i = lane + next; i < lane / T * T + width && lane % T < next; i += next) {
      partial[lane] += partial[i];
    }
    width = next;
  }
  workgroupBarrier();
  let all = partial[lane / T * T];
  workgroupBarrier(); // before the next use of `partial`
  return all;
}

fn row_max(mine: f32, lane: u32) -> f32 {
  partial[lane] = mine;
  var width = T;
  while (width > 1) {
    let next = max(width / 8, 1);
    workgroupBarrier();
    for (var i = lane + next; i < lane / T * T + width && lane % T < next; i += next) {
      partial[lane] = max(partial[lane], partial[i]);
    }
    width = next;
  }
  workgroupBarrier();
  let all = partial[lane / T * T];
  workgroupBarrier();
  return all;
}
