/** Why an address gave no answer. */
export type HttpFailureKind =
  | 'private-address'
  | 'unknown-host'
  | 'unreachable'
  | 'certificate'
  | 'timeout'
  | 'too-large'
  | 'truncated'
  | 'bad-encoding'
  | 'stopped';

/** Those that may be gone when one asks again. */
const TRANSIENT: readonly HttpFailureKind[] = ['unreachable', 'timeout', 'truncated'];

/** A request that brought no whole answer. */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind;

  constructor(kind: HttpFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HttpFailure';
    this.kind = kind;
  }

  get isTransient(): boolean {
    return TRANSIENT.includes(this.kind);
  }
}

const WORDS: Readonly<Record<string, readonly [kind: HttpFailureKind, words: string]>> = {
  ENOTFOUND: ['unknown-host', 'there is no host of this name'],
  EAI_AGAIN: ['unreachable', 'the name of the host cannot be looked up now'],
  ECONNREFUSED: ['unreachable', 'the host refuses connections'],
  ECONNRESET: ['unreachable', 'the host broke the connection'],
  EPIPE: ['unreachable', 'the host broke the connection'],
  EPROTO: ['certificate', 'the host does not speak TLS as it should'],
  ETIMEDOUT: ['unreachable', 'the host does not answer'],
  EHOSTUNREACH: ['unreachable', 'no way leads to the host'],
  ENETUNREACH: ['unreachable', 'no way leads to the host'],
};

/** Certificates that are not trusted, by OpenSSL's and Node's codes. */
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|LEAF_SIGNATURE|^ERR_TLS|^ERR_SSL/;

/** What the host says of a failed request, in our words. Node's own would name ports and differ from time to time. */
export function httpFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const [kind, words] =
    WORDS[code] ??
    (CERTIFICATE.test(code)
      ? (['certificate', `its certificate is not trusted (${code})`] as const)
      : code.startsWith('HPE_')
        ? (['unreachable', `what it answers is no HTTP (${code})`] as const)
        : (['unreachable', error instanceof Error ? error.message : String(error)] as const));
  return new HttpFailure(kind, words, error);
}
