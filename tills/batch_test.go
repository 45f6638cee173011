package tills_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/tills"
)

// item is an item of a batch.
func item(seq int, k, op, target string, body object) object {
	it := object{"seq": seq, "idempotency_key": k, "op": op}
	if target != "" {
		it["target"] = target
	}
	if body != nil {
		it["body"] = body
	}
	return it
}

func (c *till) upload(t testing.TB, items []object, more ...object) []answer {
	t.Helper()
	body := object{"items": items}
	for _, m := range more {
		for name, value := range m {
			body[name] = value
		}
	}
	return outcomes(t, items, c.call(t, http.MethodPost, "/batches", nil, body).is(t, "a batch", http.StatusOK, nil))
}

// outcomes are the answers of the items, which stand in their order.
func outcomes(t testing.TB, items []object, a answer) (all []answer) {
	t.Helper()
	results, _ := a.body["results"].([]any)
	if len(results) != len(items) {
		t.Fatalf("%d outcomes of %d items: %v", len(results), len(items), a.body)
	}
	for i, r := range results {
		result := r.(object)
		compare(t, "outcome", result, object{"seq": items[i]["seq"]})
		status, _ := result["status"].(interface{ Int64() (int64, error) }).Int64()
		all = append(all, answer{status: int(status), body: result["body"].(object)})
	}
	return all
}

func TestBatch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.till(t, "1")
		m, other := w.join(t, engine.JoinInput{}), w.join(t, engine.JoinInput{})
		earlier := c.sell(t, "sale-0000", check("R-0", object{"customer_id": other.ID})).text("sale_id")
		at := func(no string) string { return w.place.ID + "/1/2026-03-02/" + no }
		broken := check("R-5", nil)
		broken["total"] = "many"
		huge := check("R-6", nil)
		huge["total"] = 1e30
		items := []object{
			item(10, "back-0001", "refund", at("R-1"), object{"lines": []object{{"line_id": "cake", "qty": 1000}}}), // before its sale
			item(11, "sale-0001", "sale", "", check("R-1", object{"customer_id": m.ID})),
			item(12, "sale-0002", "sale", "", check("R-2", object{"identifier": object{"kind": "card", "value": m.Card}})),
			item(13, "sale-0003", "sale", "", check("R-3", object{"customer_id": "nobody"})),
			item(14, "void-0002", "void", at("R-2"), nil),
			item(15, "sale-0004", "sale", "", check("R-1", object{"total": 1, "lines": []object{}})), // another sale on the receipt
			item(16, "sale-0005", "sale", "", broken),
			item(17, "sale-0006", "sale", "", huge),
			item(18, "void-0000", "void", earlier, nil),
			item(19, "void-0009", "void", "nothing", nil),
			item(20, "sale-0002", "sale", "", check("R-2", object{"identifier": object{"kind": "card", "value": m.Card}})), // twice in the batch
			item(21, "short", "void", earlier, nil),
			item(22, "void-0010", "void", "a/b", nil),
			item(23, "sale-0010", "enrol", "", object{}),
			item(24, "sale-0011", "sale", "", nil),
		}
		want := []struct {
			status int
			values object
		}{
			{http.StatusAccepted, object{"status": "waiting"}},
			{http.StatusCreated, object{"status": "posted_with_issues", "customer_id": m.ID, "earned": 14}},
			{http.StatusCreated, object{"status": "posted", "customer_id": m.ID}},
			{http.StatusCreated, object{"status": "anonymous"}},
			{http.StatusOK, object{"status": "posted", "money_back": 29500}},
			{http.StatusConflict, object{"code": "sale_conflict"}},
			{http.StatusUnprocessableEntity, object{"code": "validation_failed", "field": "total"}},
			{http.StatusUnprocessableEntity, object{"code": "validation_failed", "field": "total"}},
			{http.StatusOK, object{"status": "posted", "money_back": 29500}},
			{http.StatusNotFound, object{"code": "sale_not_found"}},
			{http.StatusOK, object{"duplicate": true, "status": "posted"}},
			{http.StatusUnprocessableEntity, object{"field": "idempotency_key"}},
			{http.StatusUnprocessableEntity, object{"field": "target"}},
			{http.StatusUnprocessableEntity, object{"field": "op"}},
			{http.StatusBadRequest, object{"code": "validation_failed"}},
		}
		send := func() []answer {
			t.Helper()
			return outcomes(t, items, c.send(t, request{method: http.MethodPost, path: "/batches", body: encode(t, object{"items": items})}).is(t, "the batch", http.StatusOK, nil))
		}
		for i, a := range send() {
			a.is(t, fmt.Sprint("item ", items[i]["seq"]), want[i].status, want[i].values)
		}
		for i, a := range send() { // after an answer that was lost
			status := want[i].status
			if status == http.StatusCreated || status == http.StatusAccepted {
				status = http.StatusOK
			}
			a.is(t, fmt.Sprint("again, item ", items[i]["seq"]), status, nil)
			if status == http.StatusOK && a.body["duplicate"] != true {
				t.Errorf("item %v happened twice: %v", items[i]["seq"], a.body)
			}
		}
		if got, gotOther := w.balance(t, m).Available, w.balance(t, other).Available; got != 8 || gotOther != 0 {
			t.Errorf("the guests have %d and %d", got, gotOther)
		}
		w.verify(t)
		last := w.calls[len(w.calls)-1]
		if last.Operation != "uploadBatch" || last.Items[http.StatusOK] != 7 || last.Items[http.StatusUnprocessableEntity] != 5 {
			t.Errorf("what was told of the call: %+v", last)
		}
	})
}

// A large batch is recorded once, whatever of it is sent again at the same time.
func TestLargeBatchTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.till(t, "1")
		var members []engine.Member
		for range 20 {
			members = append(members, w.join(t, engine.JoinInput{}))
		}
		var items []object
		for i := range 240 {
			no := fmt.Sprintf("sale-%04d", i)
			items = append(items, item(i, no, "sale", "", check(no, object{"customer_id": members[i%len(members)].ID})))
		}
		body := encode(t, object{"items": items})
		done := make(chan []answer, 2)
		for range 2 {
			go func() {
				done <- outcomes(t, items, c.send(t, request{method: http.MethodPost, path: "/batches", body: body}))
			}()
		}
		first, second := <-done, <-done
		for i := range items {
			statuses := []int{first[i].status, second[i].status}
			slices.Sort(statuses)
			if !slices.Equal(statuses, []int{http.StatusOK, http.StatusCreated}) || first[i].body["sale_id"] != second[i].body["sale_id"] {
				t.Errorf("item %d came to %v: %v and %v", i, statuses, first[i].body, second[i].body)
			}
		}
		for _, m := range members {
			if got := w.balance(t, m).Available; got != 12*14 {
				t.Errorf("a guest has %d", got)
			}
		}
		w.verify(t)
	})
}

// Sales of one guest happen in the order of the batch: what one earns the next may spend.
func TestOrderOfOneGuest(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	m := w.join(t, engine.JoinInput{})
	sum := func(no string, total int, tenders ...object) object {
		return check(no, object{"customer_id": m.ID, "lines": []object{}, "total": total, "tenders": append([]object{}, tenders...)})
	}
	var items []object
	for i := range 30 {
		items = append(items, item(2*i, fmt.Sprintf("earn-%04d", i), "sale", "", sum(fmt.Sprint("E", i), 100_000)),
			item(2*i+1, fmt.Sprintf("spend-%04d", i), "sale", "", sum(fmt.Sprint("S", i), 10_000, object{"kind": "points", "amount": 3_000}, object{"kind": "cash", "amount": 7_000})))
	}
	for i, a := range c.upload(t, items) {
		if a.is(t, "item", http.StatusCreated, object{"status": "posted"}); a.body["issues"] != nil {
			t.Errorf("item %d: %v", i, a.body)
		}
	}
	w.verify(t)
}

func TestClockOfABatch(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	occurred := func(no string) string {
		t.Helper()
		found := c.call(t, http.MethodGet, "/sales?receipt_no="+no+"&business_date=2026-03-02", nil, nil).body["items"].([]any)
		return found[0].(object)["occurred_at"].(string)
	}
	ten := []object{item(1, "sale-0001", "sale", "", check("R-1", object{"occurred_at": "2026-03-02T11:20:00+02:00"}))}
	c.upload(t, ten, object{"sent_at": "2026-03-02T11:30:00+02:00"})[0].is(t, "half an hour behind", http.StatusCreated, object{"status": "anonymous"})
	if got := occurred("R-1"); got != "2026-03-02T09:50:00Z" {
		t.Errorf("ten minutes before it was sent is %s", got)
	}
	c.upload(t, ten, object{"sent_at": "2026-03-02T11:31:00+02:00"})[0].is(t, "sent again a minute later", http.StatusOK, object{"duplicate": true})

	wild := []object{item(1, "sale-0002", "sale", "", check("R-2", object{"occurred_at": "1980-01-01T00:00:00Z"}))}
	a := c.upload(t, wild, object{"sent_at": "1980-01-01T00:10:00Z"})[0].is(t, "another century", http.StatusCreated, nil)
	if !slices.Equal(a.issues(), []string{"clock_skew"}) || occurred("R-2") != began.Format(time.RFC3339) {
		t.Errorf("it occurred at %s, with %v", occurred("R-2"), a.issues())
	}
}

func TestSizeOfABatch(t *testing.T) {
	w := newWorld(t, sqlite(t))
	c := w.till(t, "1")
	send := func(items []object) answer {
		t.Helper()
		return c.send(t, request{method: http.MethodPost, path: "/batches", body: encode(t, object{"items": items})})
	}
	send(nil).problem(t, "no items", http.StatusUnprocessableEntity, "validation_failed")
	var items []object
	for i := range 501 {
		items = append(items, item(i, fmt.Sprintf("void-%04d", i), "void", "x", nil))
	}
	send(items).problem(t, "501 items", http.StatusRequestEntityTooLarge, "too_large")
	for _, a := range outcomes(t, items[:500], send(items[:500])) {
		a.is(t, "500 items", http.StatusNotFound, nil)
	}
	items[0]["body"] = object{"x": string(make([]byte, 9<<20))}
	send(items[:1]).problem(t, "9 MiB", http.StatusRequestEntityTooLarge, "too_large")
}

var _ tills.Engine = (*failing)(nil)
