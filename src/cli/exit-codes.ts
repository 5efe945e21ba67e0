/** How commands end, for scripts. The help of `botport` prints this table. */
export const exitCodes = {
  /** It was done; of a question, the answer is yes. */
  done: 0,
  /** It was done, and the answer is no: a difference, a finding, a fault. */
  no: 1,
  /** Used wrongly: an option, a file of settings. Nothing was done. */
  usage: 2,
  /** It failed: a file cannot be read, a request ended as failed, … */
  failed: 3,
  /** The host refused: token, scope, bot, request. Trying again does not help. */
  refused: 4,
  /** The host could not be reached, failed or took too long. Trying again later may help. */
  unavailable: 5,
} as const;
