package engine

import (
	"context"
	"time"

	"kartka/engine/rules"
	"kartka/engine/segment"
)

// SegmentReads are about the segments that programs have named.
type SegmentReads interface {
	Segments(ctx context.Context, programID string) ([]Segment, error) // by name
}

// SegmentWrites change them.
type SegmentWrites interface {
	// PutSegment writes a segment, whether it is there or not. A name that another has is KindTaken.
	PutSegment(ctx context.Context, s Segment) error
	DeleteSegment(ctx context.Context, programID, id string) error // KindNotFound when it is not there
	// FreezeSegment writes down who belongs to an expression as the members of a segment, and returns how many they are.
	FreezeSegment(ctx context.Context, p Program, id string, x segment.Expr, day rules.Date) (int, error)
}

// Reach says by which channels members are reached.
type Reach struct {
	Only    map[string]int // those whom one channel reaches, by channel
	Several int            // those whom more than one does
	Some    []Recipient    // the first of these, as many as were asked for
}

// Audience is what the store knows of members for segments. It is made from the books, a moment behind them; days are the program's. Expressions
// have been checked, and segments they ask membership of put in their place.
type Audience interface {
	// RefreshTraits brings what is known up to date with everything that was written before, and returns how many changes it has followed.
	// It goes on where it was stopped.
	RefreshTraits(ctx context.Context, p Program, day rules.Date, now time.Time) (n int, err error)
	// TurnTraits has everything that looks back over days, or ahead, begin with a new one, and finds the bounds of the fifths anew. It goes
	// on where it was stopped, and does nothing when the day has turned already. It returns how many members it has looked at.
	TurnTraits(ctx context.Context, p Program, day rules.Date) (n int, err error)
	// CountSegment counts the members a segment has: those whose cards are in use.
	CountSegment(ctx context.Context, p Program, x segment.Expr, day rules.Date) (int, error)
	// ReadAudience finds who an audience is at this moment, and how many are left out for what.
	ReadAudience(ctx context.Context, f Freeze) (FrozenAudience, error)
	// AudienceReach says by which channels those are reached whom an audience goes to.
	AudienceReach(ctx context.Context, f Freeze, a FrozenAudience, limit int) (Reach, error)
	// SegmentMembers lists them by id, at most so many after one.
	SegmentMembers(ctx context.Context, p Program, x segment.Expr, day rules.Date, after string, limit int) ([]string, error)
	// MemberTraits is what is known of one member, read from the books themselves. Of segments there are the frozen ones. KindNotFound when there is none.
	MemberTraits(ctx context.Context, p Program, memberID string, day rules.Date) (segment.Member, error)
}
