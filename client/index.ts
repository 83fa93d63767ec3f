/** What apps import: Postern's calls, and the two proofs that it gives. */
export { verifyAssertion, type AssertionClaims, type AssertionToVerify } from './assertion.ts'
export { PosternError, PosternNetworkError, PosternProofError } from './errors.ts'
export type { FollowOptions } from './follow.ts'
export {
  createPosternClient,
  isFinal,
  type ListQuery,
  type LoginClient,
  type PosternClient,
  type PosternLoginOptions,
  type PosternOptions,
  type Repeatable,
  type StartOptions,
  type WaitOptions,
} from './postern.ts'
export type {
  Channel,
  FinalStatus,
  Login,
  LoginEvent,
  LoginReason,
  LoginStatus,
  NumberBudget,
  Problem,
  ProblemCode,
  ProvenLogin,
  Purpose,
  StartedLogin,
  StartLogin,
  WebhookEvent,
  WebhookLogin,
} from './types.ts'
export { verifyWebhook, type WebhookHeaders } from './webhook.ts'
