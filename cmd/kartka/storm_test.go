package main

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
)

// simSeed repeats the script of a storm. What the machine does meanwhile is not repeated.
var simSeed = flag.Uint64("sim.seed", 0, "seed of the fault tests; 0 draws one, which a failing test prints")

// newSeed draws the chances of a test: of the script, and of the faults.
func newSeed(t *testing.T) (script, faults *rand.Rand) {
	t.Helper()
	seed := *simSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("replay with -sim.seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
}

// storm sends a shop a script of updates as fast as it is answered, with repetitions and in shuffled order, and keeps the model of
// what must come of it.
type storm struct {
	*stage
	rand    *rand.Rand
	sent    int                // updates people caused, repetitions not counted
	sales   map[int64]*holder  // whose card each sum was accrued on; no sum is used twice
	undone  map[int64]bool     // sums taken back
	presses map[string]*person // queries that wait for an answer
	started bool               // everybody has pressed Start

	// What the messenger was asked to show, as far as its calls are counted.
	calls    int
	told     map[int64]int  // how often each sum's receipt was shown
	asked    map[string]int // how often each person wrote
	answered map[string]int // and how often something was written, or brought up to date, in the person's chat
	// strike, when set, is done once, in the middle of the next batch.
	strike func()
}

func newStorm(s *stage, random *rand.Rand) *storm {
	return &storm{stage: s, rand: random, sales: map[int64]*holder{}, undone: map[int64]bool{}, presses: map[string]*person{},
		told: map[int64]int{}, asked: map[string]int{}, answered: map[string]int{}}
}

// batchSize is how many updates come at once.
const batchSize = 50

// play goes on with the script until so many updates have been sent, a batch at a time. Of each batch one answer is waited for, so
// that the next finds the shop at work on this.
func (s *storm) play(updates int) {
	s.t.Helper()
	if !s.started {
		s.sent += s.everybodyStarts()
		s.started = true
	}
	for s.sent < updates {
		s.must(s.driver.Hold(s.t.Context(), s.bot.Username))
		awaited, sum := (*person)(nil), int64(0)
		for n := min(batchSize, updates-s.sent); n > 0; n-- {
			cashier, made := s.update()
			if made != 0 {
				awaited, sum = cashier, made
			}
			s.repeat()
		}
		s.must(s.driver.Release(s.t.Context(), s.bot.Username, true))
		if strike := s.strike; strike != nil {
			s.strike = nil
			strike()
		}
		if awaited != nil {
			s.receipt(awaited, sum)
		}
		s.readCalls()
	}
}

func (s *storm) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// update has somebody do something. A sale is returned with its cashier.
func (s *storm) update() (cashier *person, sum int64) {
	s.t.Helper()
	s.sent++
	guest := s.guests[s.rand.IntN(len(s.guests))]
	switch n := s.rand.IntN(100); {
	case n < 45:
		cashier = s.cashiers[s.rand.IntN(len(s.cashiers))]
		return cashier, s.accrue(cashier)
	case n < 57:
		s.write(guest.person, "/balance")
	case n < 67:
		s.write(guest.person, "/history")
	case n < 72:
		s.write(guest.person, "/why")
	case n < 80:
		s.write(guest.person, "hello, can I pay with shells? "+strconv.Itoa(s.rand.IntN(1000)))
	case n < 84:
		s.write(guest.person, "/nonsense")
	case n < 87:
		s.must(guest.Attach(guest.ctx(), "sticker"))
	default:
		buttons := []string{"v1|guest|balance", "v1|guest|history", "v1|guest|home", "v1|guest|nothing", "v1|staff|home", "forged"}
		s.press(guest.person, 0, buttons[s.rand.IntN(len(buttons))])
	}
	return nil, 0
}

// accrue has a cashier type a sale in one line.
func (s *storm) accrue(cashier *person) (sum int64) {
	s.t.Helper()
	sum = s.newSum()
	guest := s.guests[s.rand.IntN(len(s.guests))]
	s.sales[sum] = guest
	mark := []string{".", ","}[s.rand.IntN(2)]
	s.write(cashier, fmt.Sprintf("/accrue %s %d%s%02d", guest.card, sum/100, mark, sum%100))
	return sum
}

// newSum is a sum that no other sale has.
func (s *storm) newSum() (sum int64) {
	for sum == 0 || s.sales[sum] != nil {
		sum = 1000 + s.rand.Int64N(99_000)
	}
	return sum
}

// write has somebody type a text.
func (s *storm) write(p *person, text string) {
	s.t.Helper()
	s.asked[strconv.FormatInt(p.User(), 10)]++
	p.say(text)
}

func (s *storm) press(p *person, message int64, data string) {
	s.t.Helper()
	pressed, err := p.PressButton(p.ctx(), telegram.Pressing{Message: message, Data: data})
	s.must(err)
	s.presses[pressed.Query] = p
}

// repeat has the messenger deliver something again: the latest update, or an old one.
func (s *storm) repeat() {
	s.t.Helper()
	const firstUpdate = 100_000_001
	switch n := s.rand.IntN(100); {
	case n < 20:
		s.must(s.driver.Duplicate(s.t.Context(), s.bot.Username, 0))
	case n < 35:
		s.must(s.driver.Duplicate(s.t.Context(), s.bot.Username, firstUpdate+s.rand.Int64N(int64(s.sent))))
	}
}

// receiptSum finds the sum on a cashier's receipt.
var receiptSum = regexp.MustCompile(`Check \D*(\d+)(?:\.(\d\d))?\b`)

func sumOn(text string) (int64, bool) {
	found := receiptSum.FindStringSubmatch(plain(text))
	if found == nil {
		return 0, false
	}
	sum, err := strconv.ParseInt(found[1]+cmp.Or(found[2], "00"), 10, 64)
	return sum, err == nil
}

// receipt waits for the receipt of a sum, or of a later one, and at times takes back the sale it is of.
func (s *storm) receipt(cashier *person, sum int64) {
	s.t.Helper()
	var m telegram.MessageView
	_, err := cashier.WaitFor(cashier.ctx(), func(v telegram.ChatView) bool {
		for _, m = range v.Messages {
			if on, ok := sumOn(m.Text); ok && on == sum && m.From == "bot" {
				return true
			}
		}
		return false
	})
	if err != nil {
		cashier.must(fmt.Errorf("receipt of %d: %w", sum, err))
	}
	if s.rand.IntN(3) > 0 {
		return
	}
	_, button := findButton(telegram.ChatView{Messages: []telegram.MessageView{m}}, "v1|staff|undo|")
	if button == "" {
		s.t.Fatalf("receipt without undo: %+v", m)
	}
	s.sent++
	s.undone[sum] = true
	s.press(cashier, m.ID, button)
}

// readCalls counts the receipts the messenger was asked to show since it was asked last. The messenger remembers only so many calls.
func (s *storm) readCalls() {
	s.t.Helper()
	calls, err := s.driver.Calls(s.t.Context(), s.calls, "")
	s.must(err)
	for _, c := range calls {
		s.calls = c.N
		if wrote := strings.HasPrefix(c.Method, "send") || strings.HasPrefix(c.Method, "editmessage"); wrote && (c.Error == "" || strings.Contains(c.Error, "not modified")) {
			s.answered[c.Params["chat_id"]]++
		}
		if sum, ok := sumOn(c.Params["text"]); ok && c.Error == "" {
			s.told[sum]++
		}
	}
}

// calm waits until everything is answered.
func (s *storm) calm() {
	s.t.Helper()
	for query, p := range s.presses {
		_, err := p.WaitAnswer(p.ctx(), query)
		p.must(err)
	}
	s.settled()
	s.sent += len(s.cashiers) + len(s.guests)
	s.readCalls()
}

// balances is what each card must have.
func (s *storm) balances() map[string]int64 {
	want := map[string]int64{}
	for _, g := range s.guests {
		want[g.card] = 0
	}
	for sum, g := range s.sales {
		if !s.undone[sum] {
			want[g.card] += sum * stageRate / 100
		}
	}
	return want
}

// check compares the books of a shop that is not running with the model. cuts is how often something was cut off under load.
func (s *storm) check(cuts int) {
	t := s.t
	t.Helper()
	s.with(s.checkSales)
	if n := s.count(`SELECT count(*) FROM inbox WHERE state = 'done'`); n != s.sent {
		t.Errorf("%d updates handled, %d sent", n, s.sent)
	}
	if n := s.count(`SELECT count(*) FROM inbox WHERE state <> 'done'`); n != 0 {
		t.Errorf("%d updates unheard or put aside", n)
	}
	if n := s.count(`SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')`); n != 0 {
		t.Errorf("%d messages are left in the outbox", n)
	}
	if n := s.count(`SELECT count(*) FROM notice`); n != 0 {
		t.Errorf("%d rows of notices are left", n)
	}
	// A turn numbers what it says from 0.
	if n := s.count(`SELECT count(*) FROM inbox i WHERE NOT EXISTS (
		SELECT 1 FROM outbox o WHERE o.program_id = i.program_id AND o.key = 'turn:' || i.id || ':0' AND o.state = 'sent')`); n != 0 {
		t.Errorf("%d updates were not answered", n)
	}
	for user, asked := range s.asked {
		if s.answered[user] < asked {
			t.Errorf("person %s wrote %d times and was answered %d times", user, asked, s.answered[user])
		}
	}
	again := 0
	for sum := range s.sales {
		if s.told[sum] == 0 {
			t.Errorf("the receipt of %d was never shown", sum)
		}
		again += max(0, s.told[sum]-1)
	}
	const inFlight = 16 // messages of a bot that are sent at a time
	if again > cuts*inFlight {
		t.Errorf("%d receipts came more than once, after %d cuts", again, cuts)
	}
	t.Logf("%d updates, %d sales, %d undone, %d cuts, %d receipts again, %d calls", s.sent, len(s.sales), len(s.undone), cuts, again, s.calls)
	var out strings.Builder
	cons := s.console()
	cons.out = &out
	if code := run(t.Context(), cons, []string{"verify"}); code != exitOK || !strings.Contains(out.String(), " 0 differences") {
		t.Errorf("verify: exit code %d\n%s", code, &out)
	}
}

func (s *storm) checkSales(a *app) {
	t := s.t
	t.Helper()
	rows, err := a.store.DB().Query(t.Context(), `SELECT s.total, m.card, s.returned_total FROM every_sale s JOIN member m ON m.program_id = s.program_id AND m.id = s.member_id`)
	s.must(err)
	defer rows.Close()
	seen := map[int64]int{}
	for rows.Next() {
		var total, returned int64
		var card string
		s.must(rows.Scan(&total, &card, &returned))
		if seen[total]++; s.sales[total] == nil || s.sales[total].card != card {
			t.Errorf("a sale of %d on %s that nobody made", total, card)
		}
		if want := map[bool]int64{true: total}[s.undone[total]]; returned != want {
			t.Errorf("of the sale of %d %d were returned, not %d", total, returned, want)
		}
	}
	s.must(rows.Err())
	for sum := range s.sales {
		if seen[sum] != 1 {
			t.Errorf("%d sales of %d", seen[sum], sum)
		}
	}
	for card, want := range s.balances() {
		if got := balanceIn(t, a, card); got != want {
			t.Errorf("card %s has %d, want %d", card, got, want)
		}
	}
}

// saboteur stands in front of the messenger and cuts something off in the middle of a call of the Bot API: before the messenger has
// heard of it, after it has done what was asked but before it answers, or a moment later.
type saboteur struct {
	next http.Handler

	mu    sync.Mutex
	rand  *rand.Rand
	after int // calls until the next cut; 0: never
	cut   func()
	// gentle cuts come a moment later only: the call itself goes well.
	gentle bool
}

// arm arranges a cut between least and most calls from now.
func (s *saboteur) arm(least, most int, cut func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after, s.cut = least+s.rand.IntN(most-least), cut
}

// disarm has nothing cut any more.
func (s *saboteur) disarm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = 0
}

// due counts a call and returns the cut that is to happen in it, and how: 0 before, 1 after, 2 a moment later.
func (s *saboteur) due() (cut func(), how int, moment time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.after == 0 {
		return nil, 0, 0
	}
	if s.after--; s.after > 0 {
		return nil, 0, 0
	}
	if how = s.rand.IntN(3); s.gentle {
		how = 2
	}
	return s.cut, how, time.Duration(s.rand.IntN(20)) * time.Millisecond
}

// ServeHTTP implements http.Handler.
func (s *saboteur) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/sandbox/telegram/") || strings.HasSuffix(strings.ToLower(r.URL.Path), "/getupdates") {
		s.next.ServeHTTP(w, r)
		return
	}
	cut, how, moment := s.due()
	switch {
	case cut == nil:
		s.next.ServeHTTP(w, r)
	case how == 0:
		cut()
		panic(http.ErrAbortHandler)
	case how == 1:
		s.next.ServeHTTP(httptest.NewRecorder(), r)
		cut()
		panic(http.ErrAbortHandler)
	default:
		time.AfterFunc(moment, cut)
		s.next.ServeHTTP(w, r)
	}
}

// newSabotaged is a world with a saboteur in front of the messenger.
func newSabotaged(t *testing.T, faults *rand.Rand) (*world, *saboteur) {
	t.Helper()
	s := &saboteur{rand: faults}
	w := newWorldBehind(t, func(next http.Handler) http.Handler { s.next = next; return s })
	return w, s
}
