// Package talk is what every conversation is made of: the [View] a step looks at, the [Output] it returns, the [Session] between
// steps, button ids and deep links. It knows no conversation itself.
//
// A step is a pure function from View to Output. It does not call the engine: it describes a [Call], which the desk makes
// with an idempotency key derived from the person's deed, and the rest of the step runs on what came back. So a step can be
// repeated after a crash and does everything once.
package talk
