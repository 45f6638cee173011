package outbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"kartka/bots"
	"kartka/engine"
)

// outcomeOf reads a sender's error. One that is no *bots.SendError leaves the matter open.
func outcomeOf(err error) bots.Outcome {
	var failure *bots.SendError
	switch {
	case err == nil:
		return bots.Sent
	case errors.As(err, &failure):
		return failure.Outcome
	}
	return bots.Unknown
}

// judge says what a failure means for the row, does what it asks for beyond the row, and says whether it ends the letter.
func (l *lane) judge(row engine.Outbound, m bots.Message, person *engine.Person, err error) (v verdict, end bool) {
	var notYet *waiting
	if errors.As(err, &notYet) {
		return requeued(notYet.wait), true
	}
	failure := &bots.SendError{Outcome: bots.Unknown, Err: err}
	errors.As(err, &failure)
	switch failure.Outcome {
	case bots.RetryAfter:
		return requeued(l.throttled(l.chatOf(row, m), failure)), true
	case bots.Unauthorized:
		l.refuse(err)
		return requeued(0), true
	case bots.Blocked:
		if person != nil && m.ChatID == "" {
			l.markBlocked(row.ID, *person)
		}
		return failed(string(failure.Outcome)), true
	case bots.OptedOut, bots.WindowClosed:
		return failed(string(failure.Outcome)), true
	case bots.Invalid:
		l.logger.Warn("message refused", "outbound_id", row.ID, "code", failure.Code)
		return failed(string(failure.Outcome) + ": " + failure.Code), false
	}
	// The answer was lost. A reply that comes twice is better than one that does not come; marketing is the other way round.
	if !marketing(row) && row.Reason == "" {
		l.logger.Info("answer lost, sending once more", "outbound_id", row.ID, "error", err)
		return verdict{state: engine.OutboundQueued, reason: reasonLost, wait: retryPause}, true
	}
	l.logger.Warn("answer lost", "outbound_id", row.ID, "error", err)
	return verdict{state: engine.OutboundUnknown, reason: strings.TrimSuffix(reasonLost+": "+failure.Code, ": ")}, true
}

func failed(reason string) verdict {
	return verdict{state: engine.OutboundFailed, reason: reason}
}

// throttled obeys a platform's request to pause and returns how long this message waits.
func (l *lane) throttled(chat string, failure *bots.SendError) time.Duration {
	now := time.Now()
	l.pacer.Throttled(now, chat, failure.Wait, failure.WholeBot)
	wait := max(l.pacer.Next(now, l.pace, chat), failure.Wait, time.Second)
	l.logger.Info("platform asks for a pause", "lane", string(l.name), "whole_bot", failure.WholeBot, "wait", wait)
	return wait
}

// markBlocked notes that the person cannot be reached any more. The marketing consent ends with it.
func (l *lane) markBlocked(id string, person engine.Person) {
	err := l.persist("mark contact blocked", func(ctx context.Context) error { return l.Engine.Blocked(ctx, person, true) })
	if err != nil {
		l.logger.Warn("contact not marked as blocked", "outbound_id", id, "error", err)
	}
}
