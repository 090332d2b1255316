// How the members of the backward pass read and write by fours what they bind.
alias A4 = vec4f; // as stored
const SHARED = false; // dk and dv lie in one tensor, which is bound once

fn load_own(second: bool, at: u32) -> vec4f {
  if (second) {
    return vec4f(own_2[at]);
  }
  return vec4f(own[at]);
}

fn load_other(second: bool, at: u32) -> vec4f {
  if (second) {
    return vec4f(other_2[at]);
  }
  return vec4f(other[at]);
}

fn store(at: u32, four: vec4f) {
  result[at] = A4(four);
}

fn store_2(at: u32, four: vec4f) {
  if (SHARED) {
    result[at] = A4(four);
  } else {
    result_2[at] = A4(four);
  }
}
