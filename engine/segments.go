package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"kartka/engine/rules"
	"kartka/engine/segment"
)

// Segment is a group of members that a program has given a name.
type Segment struct {
	ID        string
	ProgramID string
	Name      string
	// Expr says who belongs to it. Of a frozen segment it says who did when it was made, and stays as it was.
	Expr   segment.Expr
	Frozen bool
	Size   int    // of a frozen one, as it was made
	By     string // staff id, "" the operator
	At     time.Time
}

// Bounds of segments.
const (
	maxSegments    = 200 // of a program
	maxSegmentName = 60  // characters
	// maxInlined bounds the questions of an expression with the segments it names in their place.
	maxInlined = 400
)

// readyPrefix is what the id of a ready-made segment begins with.
const readyPrefix = "ready:"

// ReadySegment is the id of a ready-made segment.
func ReadySegment(r segment.Ready) string { return readyPrefix + r.ID }

// ReadSegment reads a sentence of the language of segments, as people of the program write it: names of what the program has become ids. words are the
// names of another language, see [segment.Grammar]. An error is a *segment.Problem when the sentence is at fault.
func (e *Engine) ReadSegment(ctx context.Context, programID, text string, words map[string]string) (segment.Expr, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	x, err := segment.Parse(text, SegmentGrammar(program.Settings, words))
	if err != nil {
		return nil, err
	}
	return e.CheckSegment(ctx, programID, x)
}

// SegmentGrammar is how sentences of a program write money and points.
func SegmentGrammar(s *rules.Settings, words map[string]string) segment.Grammar {
	return segment.Grammar{Money: s.Currency.Decimals, Points: s.Unit.Decimals, Words: words}
}

// CheckSegment resolves the names in an expression, and refuses what the program does not have.
func (e *Engine) CheckSegment(ctx context.Context, programID string, x segment.Expr) (segment.Expr, error) {
	known, err := e.segmentNames(ctx, programID)
	if err != nil {
		return nil, err
	}
	return segment.Check(x, known)
}

// audienceOf is what the store knows for segments.
func (e *Engine) audienceOf() (Audience, error) {
	if e.audience == nil {
		return nil, errors.New("the store keeps nothing to ask segments of")
	}
	return e.audience, nil
}

// CountSegment counts the members for whom an expression holds at this moment.
func (e *Engine) CountSegment(ctx context.Context, programID string, x segment.Expr) (int, error) {
	audience, err := e.audienceOf()
	if err != nil {
		return 0, err
	}
	program, x, day, err := e.askable(ctx, programID, x)
	if err != nil {
		return 0, err
	}
	n, err := audience.CountSegment(ctx, program, x, day)
	if err != nil {
		return 0, fmt.Errorf("count segment: %w", err)
	}
	return n, nil
}

// askable brings what is known of members up to date, and puts segments that an expression names in their place.
func (e *Engine) askable(ctx context.Context, programID string, x segment.Expr) (Program, segment.Expr, rules.Date, error) {
	audience, err := e.audienceOf()
	if err != nil {
		return Program{}, nil, "", err
	}
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Program{}, nil, "", err
	}
	segments, err := e.store.Segments(ctx, programID)
	if err != nil {
		return Program{}, nil, "", fmt.Errorf("read segments: %w", err)
	}
	if x, err = inlineSegments(x, segments); err != nil {
		return Program{}, nil, "", err
	}
	now := e.Now()
	day := rules.DateOf(now, program.Settings.Zone)
	if _, err := audience.RefreshTraits(ctx, program, day, now); err != nil {
		return Program{}, nil, "", fmt.Errorf("refresh traits: %w", err)
	}
	return program, x, day, nil
}

// KeepTraits brings what is known of members up to date, and has a new day turn: a job of every few seconds. It returns how many changes it followed and
// how many members the turn has looked at.
func (e *Engine) KeepTraits(ctx context.Context, programID string) (followed, turned int, err error) {
	audience, err := e.audienceOf()
	if err != nil {
		return 0, 0, err
	}
	program, err := e.Program(ctx, programID)
	if err != nil {
		return 0, 0, err
	}
	now := e.Now()
	day := rules.DateOf(now, program.Settings.Zone)
	if followed, err = audience.RefreshTraits(ctx, program, day, now); err != nil {
		return followed, 0, fmt.Errorf("keep traits: %w", err)
	}
	if turned, err = audience.TurnTraits(ctx, program, day); err != nil {
		return followed, turned, fmt.Errorf("keep traits: %w", err)
	}
	return followed, turned, nil
}

// Segments lists the segments a program has named, by name.
func (e *Engine) Segments(ctx context.Context, programID string) ([]Segment, error) {
	segments, err := e.store.Segments(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	return segments, nil
}

// SaveSegmentInput names a segment, or changes one.
type SaveSegmentInput struct {
	ProgramID string
	ID        string // "" = a new one
	// Key is of a new one: saved again with the same key, it is the segment that is there already. "" never repeats.
	Key  string
	Name string // 1 to 60 characters, of no other segment of the program
	Expr segment.Expr
	// Freeze keeps the members as they are now; what they do later does not change it. A frozen segment cannot be changed but for its name.
	Freeze  bool
	StaffID string // a marketer, a manager or an owner; "" = the operator
}

// SaveSegment makes a segment of an expression, or gives one another name or expression. A segment that would ask about itself is refused.
func (e *Engine) SaveSegment(ctx context.Context, in SaveSegmentInput) (Segment, error) {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	if n := utf8.RuneCountInString(in.Name); n == 0 || n > maxSegmentName || strings.ContainsRune(in.Name, '"') {
		return Segment{}, fail(KindInvalid, "segment_name_invalid", "Max", maxSegmentName)
	}
	x, err := e.CheckSegment(ctx, in.ProgramID, in.Expr)
	if err != nil {
		return Segment{}, err
	}
	program, inlined, day, err := e.askable(ctx, in.ProgramID, x)
	if err != nil {
		return Segment{}, err
	}
	s := Segment{ID: in.ID, ProgramID: in.ProgramID, Name: in.Name, Expr: x, Frozen: in.Freeze, By: in.StaffID, At: e.Now()}
	switch {
	case s.ID == "" && in.Key != "":
		s.ID = segmentID(in.ProgramID, in.Key)
	case s.ID == "":
		s.ID = e.newID()
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, in.ProgramID, in.StaffID); err != nil {
			return err
		}
		all, err := tx.Segments(ctx, in.ProgramID)
		if err != nil {
			return fmt.Errorf("read segments: %w", err)
		}
		if i := slices.IndexFunc(all, func(other Segment) bool { return other.ID == s.ID }); i >= 0 && in.ID == "" {
			s = all[i]
			return nil
		}
		frozen, err := s.fits(all, in.ID == "")
		if err != nil {
			return err
		}
		if err := tx.PutSegment(ctx, s); err != nil {
			return fmt.Errorf("write segment: %w", err)
		}
		if in.Freeze && !frozen {
			if s.Size, err = tx.FreezeSegment(ctx, program, s.ID, inlined, day); err != nil {
				return fmt.Errorf("freeze segment: %w", err)
			}
			if err := tx.PutSegment(ctx, s); err != nil {
				return fmt.Errorf("write segment: %w", err)
			}
		}
		err = tx.InsertAudit(ctx, e.audit(in.ProgramID, in.StaffID, "segment_saved", s.ID, nil))
		if err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return nil
	})
	return s, err
}

// segmentID is the id of a segment that is made under a key.
func segmentID(programID, key string) string {
	hash := sha256.Sum256([]byte(programID + "|" + key))
	return idLetters.EncodeToString(hash[:len(uuid.UUID{})])
}

// fits makes sure that a segment can stand beside the others, and takes over what cannot change. frozen says that it was frozen before.
func (s *Segment) fits(all []Segment, isNew bool) (frozen bool, err error) {
	found := false
	for i, other := range all {
		if other.ID != s.ID {
			if segment.Fold(other.Name) == segment.Fold(s.Name) {
				return false, fail(KindTaken, "segment_name_taken", "Name", s.Name)
			}
			continue
		}
		found = true
		if other.Frozen {
			s.Expr, s.Frozen, s.Size, frozen = other.Expr, true, other.Size, true
		}
		s.By, all[i] = other.By, *s
	}
	switch {
	case !isNew && !found:
		return false, fail(KindNotFound, "segment_not_found")
	case isNew && len(all) >= maxSegments:
		return false, fail(KindLimit, "segments_too_many", "Max", maxSegments)
	}
	_, err = inlineSegments(s.Expr, all)
	return frozen, err
}

// DeleteSegment takes a segment away. One that other segments ask about stays: KindConflict.
func (e *Engine) DeleteSegment(ctx context.Context, programID, staffID, id string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		if err := checkMarketer(ctx, tx, programID, staffID); err != nil {
			return err
		}
		all, err := tx.Segments(ctx, programID)
		if err != nil {
			return fmt.Errorf("read segments: %w", err)
		}
		for _, s := range all {
			for _, of := range segment.Segments(s.Expr) {
				if of == id && !s.Frozen {
					return fail(KindConflict, "segment_in_use", "Name", s.Name)
				}
			}
		}
		if err := tx.DeleteSegment(ctx, programID, id); err != nil {
			return fmt.Errorf("delete segment: %w", err)
		}
		if err := tx.InsertAudit(ctx, e.audit(programID, staffID, "segment_deleted", id, nil)); err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return nil
	})
}

// checkMarketer makes sure that the person may speak to many: a marketer, a manager or an owner. The operator ("") may.
func checkMarketer(ctx context.Context, reads ProgramReads, programID, staffID string) error {
	if staffID == "" {
		return nil
	}
	staff, err := reads.Staff(ctx, programID, staffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.Manages() && staff.Role != RoleMarketer {
		return fail(KindForbidden, "not_allowed")
	}
	return nil
}

// inlineSegments puts the expressions of segments in the place of questions about membership. Those about frozen ones stay: who belongs to
// them is written down.
func inlineSegments(x segment.Expr, all []Segment) (segment.Expr, error) {
	in := inliner{byID: map[string]*Segment{}, within: map[string]bool{}}
	for i := range all {
		in.byID[all[i].ID] = &all[i]
	}
	for _, r := range segment.ReadyMade() {
		in.byID[ReadySegment(r)] = &Segment{ID: ReadySegment(r), Expr: r.Expr}
	}
	return in.expr(x)
}

type inliner struct {
	byID   map[string]*Segment
	within map[string]bool // segments that are being put in place
	conds  int
}

func (in *inliner) expr(x segment.Expr) (segment.Expr, error) {
	switch x := x.(type) {
	case segment.All:
		parts, err := in.exprs(x)
		return segment.All(parts), err
	case segment.Any:
		parts, err := in.exprs(x)
		return segment.Any(parts), err
	case segment.Not:
		part, err := in.expr(x.X)
		return segment.Not{X: part}, err
	case segment.Cond:
		if in.conds++; in.conds > maxInlined {
			return nil, &segment.Problem{ID: segment.ProblemLong, At: -1, Args: map[string]any{"Max": maxInlined}}
		}
		if x.Fact == "in" {
			return in.member(x)
		}
		return x, nil
	}
	return nil, errors.New("put segments in place: no expression")
}

func (in *inliner) exprs(parts []segment.Expr) ([]segment.Expr, error) {
	out := make([]segment.Expr, len(parts))
	for i, part := range parts {
		var err error
		if out[i], err = in.expr(part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (in *inliner) member(c segment.Cond) (segment.Expr, error) {
	s := in.byID[c.Of]
	switch {
	case s == nil:
		return nil, &segment.Problem{ID: segment.ProblemUnknown, At: -1, Near: c.Of, Args: map[string]any{"Thing": string(segment.ThingSegment)}}
	case s.Frozen:
		return c, nil
	case in.within[c.Of]:
		return nil, &segment.Problem{ID: segment.ProblemLoop, At: -1, Near: s.Name}
	}
	in.within[c.Of] = true
	defer delete(in.within, c.Of)
	return in.expr(s.Expr)
}
