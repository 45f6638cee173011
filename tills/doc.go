// Package tills is the HTTP interface of tills: sales, quotes and returns under /till/v1, as openapi.yaml describes it.
//
// What it promises:
//
//   - A sale is a fact. It is recorded whatever the guest's card says; what was odd about it comes back as issues. Who cannot be found is left out.
//   - Every call that changes something has an Idempotency-Key of the till's own, good for ever. The same call again is answered as it was then, with
//     duplicate set; another one under its key is 409. Below that a receipt has one sale: (store, till, business date, receipt number).
//   - What cannot be answered now is 503 with Retry-After, and whatever is not answered may be sent again with its key.
//   - Items of a batch are answered one by one, in the order of the request. Those of one guest happen in that order, and a return after its sale; the others
//     side by side, so that the engine writes them together.
//
// A call passes these places: key (who is it), read (a body that is what it claims to be), the call itself, which returns what to say or an error, and problem,
// where one table says what each error looks like outside. Texts for people are in the till's language, everything else is numbers and codes.
package tills
