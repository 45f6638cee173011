package storagetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

var errSorry = errors.New("the work does not want to")

// testGroups holds what works written as groups answer and leave against what they do in transactions of their own.
func testGroups(t *testing.T, url func(testing.TB) string) {
	both := homes{NewGate(t, url(t)), Open(t, url(t))}
	everything := func(i int, key string, err error) func(*shop) engine.Work {
		return func(s *shop) engine.Work {
			return s.work(s.at(i), func(tx engine.Tx) error { return errors.Join(s.everything(tx, s.at(i), key), err) })
		}
	}

	t.Run("all that is kept", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(3) })
		errs, alone := w.write(everything(1, "a", nil), everything(1, "b", nil), everything(2, "c", nil), everything(1, "d", nil))
		wantAlone(t, alone)
		if err := errors.Join(errs[:3]...); err != nil {
			t.Error(err)
		}
		if !errors.Is(errs[3], ledger.ErrInsufficient) {
			t.Errorf("the fourth found points: %v", errs[3])
		}
		errs, alone = w.write(everything(3, "e", nil), everything(2, "f", nil))
		wantAlone(t, alone)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	})

	t.Run("a work that fails leaves nothing", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(3) })
		before := Rows(t, w.grouped.Store, w.grouped.program.ID)
		errs, alone := w.write(everything(1, "a", errSorry), everything(2, "b", errSorry))
		wantAlone(t, alone)
		for _, err := range errs {
			if !errors.Is(err, errSorry) {
				t.Errorf("the answer is %v", err)
			}
		}
		after := Rows(t, w.grouped.Store, w.grouped.program.ID)
		delete(before, "counter") // locked ones stay, at nothing
		delete(after, "counter")
		equal(t, "what is left", after, before)
		_, alone = w.write(everything(1, "a", errSorry), everything(1, "b", nil), everything(1, "c", errSorry), everything(3, "b2", nil), everything(1, "b", errSorry), everything(1, "d", nil))
		wantAlone(t, alone)
	})

	t.Run("a work that panics", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(3) })
		panicking := func(s *shop) engine.Work {
			return s.work(s.at(1), func(tx engine.Tx) error {
				err := s.everything(tx, s.at(1), "b")
				panic(fmt.Sprint("no more: ", err))
			})
		}
		_, alone := w.write(everything(1, "a", nil), panicking, everything(2, "c", nil), everything(1, "d", nil))
		wantAlone(t, alone)
		writing := func(s *shop) engine.Work {
			return s.work(s.at(3), func(tx engine.Tx) error {
				panic(tx.InsertAudit(s.ctx, engine.Audit{ID: "audit", ProgramID: s.program.ID, At: epoch}))
			})
		}
		w.write(everything(2, "e", nil), writing, everything(3, "f", nil))
	})

	t.Run("a work that fails after it wrote", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(3) })
		through := func(i int, key string, fail error) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(i), func(tx engine.Tx) error {
					hold := engine.Hold{Hold: ledger.Hold{ID: "hold-" + key, Points: 5, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}, ProgramID: s.program.ID,
						MemberID: s.at(i).ID, AccountID: s.at(i).AccountID, State: engine.HoldHeld, Key: key}
					return errors.Join(s.everything(tx, s.at(i), key), tx.InsertHold(s.ctx, hold),
						tx.PutReferral(s.ctx, engine.Referral{ProgramID: s.program.ID, FriendID: s.at(i).ID, InviterID: s.at(3).ID, State: engine.ReferralPending, At: epoch}), fail)
				})
			}
		}
		errs, alone := w.write(everything(1, "a", nil), through(1, "b", nil), through(2, "c", errSorry), everything(2, "d", nil), through(1, "e", errSorry), everything(3, "f", nil))
		wantAlone(t, alone, 2, 4)
		for i, err := range errs {
			if (err != nil) != (i == 2 || i == 4) {
				t.Errorf("work %d: %v", i, err)
			}
		}
		if a := must(w.grouped.Account(t.Context(), w.grouped.program.ID, "a-1"))(t); a.Held(epoch) != 5 {
			t.Errorf("held is %d", a.Held(epoch))
		}
	})

	t.Run("holds", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(1) })
		on := func(run func(s *shop, tx engine.Tx) error) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(1), func(tx engine.Tx) error { return run(s, tx) })
			}
		}
		hold := func(key string, points money.Points) func(*shop) engine.Work {
			return on(func(s *shop, tx engine.Tx) error {
				return tx.InsertHold(s.ctx, engine.Hold{Hold: ledger.Hold{ID: key, Points: points, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}, ProgramID: s.program.ID,
					MemberID: "m-1", AccountID: "a-1", State: engine.HoldHeld, Key: key})
			})
		}
		settle := func(key string, to engine.HoldState) func(*shop) engine.Work {
			return on(func(s *shop, tx engine.Tx) error {
				return tx.SetHoldState(s.ctx, s.program.ID, key, to, engine.HoldHeld)
			})
		}
		spend := func(key string, points money.Points) func(*shop) engine.Work {
			return on(func(s *shop, tx engine.Tx) error { return s.spendIn(tx, s.at(1), key, points, false) })
		}
		errs, _ := w.write(hold("h1", 100), spend("too much", 41), spend("enough", 40), settle("h1", engine.HoldReleased), spend("now", 41), hold("h2", 59), settle("h2", engine.HoldCommitted),
			settle("h2", engine.HoldReleased), spend("the rest", 59))
		for i, err := range errs {
			if (err != nil) != (i == 1 || i == 7) {
				t.Errorf("work %d: %v", i, err)
			}
		}
	})

	t.Run("one lot after another", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(1) })
		spend := func(key string, points money.Points) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(1), func(tx engine.Tx) error { return s.spendIn(tx, s.at(1), key, points, false) })
			}
		}
		expire := func(key string, at time.Time) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(1), func(tx engine.Tx) error {
					accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
					if err != nil {
						return err
					}
					return s.book(tx, s.at(1), key, ledger.KindExpire, &accounts[0], accounts[0].Expire(at))
				})
			}
		}
		earn := func(s *shop) engine.Work {
			return s.work(s.at(1), func(tx engine.Tx) error { return s.earnIn(tx, s.at(1), "new", 8, epoch.Add(2*time.Hour)) })
		}
		errs, alone := w.write(spend("a", 15), earn, spend("b", 10), expire("c", epoch.Add(time.Hour)), spend("d", 3), expire("e", epoch.Add(2*time.Hour)), spend("f", 100))
		wantAlone(t, alone)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		if sum := w.grouped.clean(); sum.Balance != 0 {
			t.Errorf("left is %d", sum.Balance)
		}
	})

	t.Run("an error of the database", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(9) })
		book := func(key string, spoil func(*engine.Posting)) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				w := s.work(s.at(5), func(tx engine.Tx) error {
					p := engine.Posting{ID: "posting-" + key, ProgramID: s.program.ID, Kind: ledger.KindCoupon, Key: key, OccurredAt: epoch, RecordedAt: epoch}
					spoil(&p)
					return tx.InsertPosting(s.ctx, p, ledger.Plan{})
				})
				w.Keys = []string{"another key"}
				return w
			}
		}
		checked := book("checked", func(p *engine.Posting) { p.Earned = -1 })
		errs, alone := w.write(everything(1, "a", nil), everything(2, "b", nil), everything(3, "c", errSorry), everything(4, "d", nil), checked, everything(5, "f", nil), everything(6, "g", nil),
			everything(7, "h", nil), everything(1, "i", nil))
		wantAlone(t, alone, 4)
		if !sqldb.HasCode(errs[4], sqldb.CodeCheckViolation) {
			t.Errorf("what the schema forbids: %v", errs[4])
		}
		errs, _ = w.write(book("same", func(p *engine.Posting) {}), everything(8, "j", nil), book("same", func(p *engine.Posting) { p.ID = "other" }),
			book("another", func(p *engine.Posting) { p.ID = "posting-same" }), everything(9, "k", nil), checked, checked)
		for _, i := range []int{2, 3} {
			if !engine.IsKind(errs[i], engine.KindTaken) {
				t.Errorf("work %d: %v", i, errs[i])
			}
		}
		// A key that the works could not see.
		errs, alone = w.write(everything(2, "l", nil), book("same", func(p *engine.Posting) { p.ID = "third" }), everything(3, "m", nil))
		wantAlone(t, alone, 1)
		if !engine.IsKind(errs[1], engine.KindTaken) || errs[0] != nil || errs[2] != nil {
			t.Errorf("answers: %v", errs)
		}
	})

	t.Run("written by another meanwhile", func(t *testing.T) { testMeanwhile(t, url) })

	t.Run("out of the ordinary", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(4) })
		on := func(i int, run func(s *shop, tx engine.Tx) error) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(i), func(tx engine.Tx) error { return run(s, tx) })
			}
		}
		for name, work := range map[string]func(*shop) engine.Work{
			"an account that was not announced": on(1, func(s *shop, tx engine.Tx) error {
				return errors.Join(s.earnIn(tx, s.at(1), "one", 1, time.Time{}), s.earnIn(tx, s.at(2), "two", 1, time.Time{}))
			}),
			"changes of a member that was not announced": on(1, func(s *shop, tx engine.Tx) error {
				return errors.Join(tx.AddStamps(s.ctx, s.program.ID, "m-2", "cup", 1, 0), tx.AddActivity(s.ctx, s.activity(s.at(2), "2026-03-14", 1, 1, 1, epoch)), tx.SetTier(s.ctx, s.program.ID, "m-2", rules.TierState{ID: "gold"}))
			}),
			"a question about what was just written": on(1, func(s *shop, tx engine.Tx) error {
				if err := s.earnIn(tx, s.at(1), "read", 1, time.Time{}); err != nil {
					return err
				}
				h, err := tx.History(s.ctx, s.program.ID, "a-1", "", 1)
				if err == nil && (len(h) != 1 || h[0].Posting.ID != "posting-read") {
					return fmt.Errorf("the newest posting is %+v", h)
				}
				return err
			}),
			"what no group does": on(1, func(s *shop, tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, "m-1", []string{"vip"}) }),
			"a refusal that goes unnoticed": on(1, func(s *shop, tx engine.Tx) error {
				if err := tx.SetTags(s.ctx, s.program.ID, "m-1", []string{"regular"}); err != nil {
					return nil
				}
				return s.earnIn(tx, s.at(1), "noticed", 1, time.Time{})
			}),
			"a longer life": on(1, func(s *shop, tx engine.Tx) error {
				accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
				if err != nil {
					return err
				}
				return s.book(tx, s.at(1), "longer", ledger.KindRescue, &accounts[0], accounts[0].Extend(epoch.Add(100*time.Hour), epoch, nil))
			}),
			"points of a lot that is not the account's": on(1, func(s *shop, tx engine.Tx) error {
				account := ledger.Account{ID: "a-1"}
				return s.book(tx, s.at(1), "stolen", ledger.KindBurn, &account, ledger.Plan{Moves: []ledger.Move{{LotID: "lot-m-2-long", Points: -100, Contra: ledger.ContraBurn}}})
			}),
			"more than a lot has": on(1, func(s *shop, tx engine.Tx) error {
				account := ledger.Account{ID: "a-1"}
				return s.book(tx, s.at(1), "more", ledger.KindBurn, &account, ledger.Plan{Moves: []ledger.Move{{LotID: "lot-m-1-long", Points: -101, Contra: ledger.ContraBurn}}})
			}),
			"a wrong sum": on(1, func(s *shop, tx engine.Tx) error {
				return tx.InsertPosting(s.ctx, engine.Posting{ID: "sum", ProgramID: s.program.ID, Key: "sum", Points: 1, AccountID: "a-1"}, ledger.Plan{})
			}),
			"a lot that is there": on(1, func(s *shop, tx engine.Tx) error { return s.earnIn(tx, s.at(1), "m-1-long", 1, time.Time{}) }),
			"a coupon that is there": on(1, func(s *shop, tx engine.Tx) error {
				return tx.InsertCoupons(s.ctx, s.couponOf(s.at(1), "new"), s.couponOf(s.at(1), "m-2-coupon"))
			}),
			"a coupon in another state": on(1, func(s *shop, tx engine.Tx) error {
				return tx.UpdateCoupon(s.ctx, s.couponOf(s.at(1), "m-1-coupon"), rules.CouponApplied)
			}),
			"no coupon": on(1, func(s *shop, tx engine.Tx) error {
				return tx.UpdateCoupon(s.ctx, s.couponOf(s.at(1), "nothing"), rules.CouponApplied)
			}),
			"no day": on(1, func(s *shop, tx engine.Tx) error {
				return tx.AddActivity(s.ctx, s.activity(s.at(1), "yesterday", 1, 1, 1, epoch))
			}),
			"no text": on(1, func(s *shop, tx engine.Tx) error { return s.earnIn(tx, s.at(1), "a\x00b", 1, time.Time{}) }),
			"no counter": on(1, func(s *shop, tx engine.Tx) error {
				return tx.AddUses(s.ctx, s.program.ID, "", []rules.Use{{Counter: rules.Counter{Of: "x"}}})
			}),
			"nobody": on(7, func(s *shop, tx engine.Tx) error {
				_, err := tx.Member(s.ctx, s.program.ID, "m-7")
				return err
			}),
			"nobody's account": on(7, func(s *shop, tx engine.Tx) error { return s.earnIn(tx, s.at(7), "nobody", 1, time.Time{}) }),
			"nobody's standing": on(7, func(s *shop, tx engine.Tx) error {
				_, err := tx.Standing(s.ctx, s.program.ID, "m-7", engine.StandingQuery{})
				return err
			}),
			"nobody in particular": func(s *shop) engine.Work {
				return engine.Work{ProgramID: s.program.ID, Keys: []string{"of nobody"}, Now: atEpoch, Run: func(tx engine.Tx) error {
					sale := s.sale(engine.Member{}, "of nobody", epoch)
					sale.ID = "sale of nobody"
					return errors.Join(s.sell(tx, sale), tx.InsertPosting(s.ctx, engine.Posting{ID: "nobody", ProgramID: s.program.ID, Kind: ledger.KindSale, Key: "of nobody", OccurredAt: epoch, RecordedAt: epoch}, ledger.Plan{}),
						tx.AddUses(s.ctx, s.program.ID, "", []rules.Use{{Counter: rules.Counter{Of: "nobody", All: true}, Times: 1}}))
				}}
			},
			"nothing": func(*shop) engine.Work { return engine.Work{Run: func(engine.Tx) error { return nil }} },
			"texts that are none": func(s *shop) engine.Work {
				work := s.work(s.at(1), func(tx engine.Tx) error {
					_, err := tx.PostingByKey(s.ctx, s.program.ID, "a\x00b")
					return err
				})
				work.Keys, work.LocationID, work.StaffID, work.Receipt = []string{"a\x00b", "\xff"}, "\x00", "\xff", engine.Receipt{No: "\x00"}
				return work
			},
			"a member whose name is none": func(s *shop) engine.Work {
				return s.work(engine.Member{ID: "\xff"}, func(tx engine.Tx) error {
					_, err := tx.Member(s.ctx, s.program.ID, "\xff")
					return err
				})
			},
		} {
			t.Run(name, func(t *testing.T) {
				w := *w
				w.T = t
				errs, _ := w.write(everything(3, "before "+name, errSorry), on(3, func(s *shop, tx engine.Tx) error { return s.earnIn(tx, s.at(3), "a "+name, 9, time.Time{}) }), work,
					on(3, func(s *shop, tx engine.Tx) error { return s.spendIn(tx, s.at(3), "b "+name, 9, false) }),
					on(1, func(s *shop, tx engine.Tx) error { return s.earnIn(tx, s.at(1), "c "+name, 9, time.Time{}) }))
				if err := errors.Join(errs[1], errs[3], errs[4]); err != nil {
					t.Errorf("the neighbours: %v", err)
				}
			})
		}
	})

	t.Run("a row that cannot be read", func(t *testing.T) {
		w := both.twins(t, func(s *shop) {
			s.staffed(3)
			s.exec(`UPDATE profile SET name = 'nobody sealed this' WHERE program_id = $1 AND member_id = 'm-2'`, s.program.ID)
		})
		named := func(s *shop) engine.Work {
			return s.work(s.at(2), func(tx engine.Tx) error {
				_, err := tx.Member(s.ctx, s.program.ID, "m-2")
				return err
			})
		}
		errs, alone := w.write(everything(1, "a", nil), everything(3, "b", nil), named, everything(1, "c", errSorry), everything(2, "d", nil), everything(3, "e", nil))
		wantAlone(t, alone, 2, 4)
		if errs[2] == nil || errors.Join(errs[0], errs[1], errs[4]) != nil {
			t.Errorf("answers: %v", errs)
		}
	})

	t.Run("counters of all", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(2) })
		budget := rules.Counter{Of: "fresh", Period: "ever", All: true}
		adds := func(i int, err error) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(i), func(tx engine.Tx) error {
					return errors.Join(tx.AddUses(s.ctx, s.program.ID, s.at(i).ID, []rules.Use{{Counter: budget, Times: 1, Points: 10, Last: epoch}, {Counter: budget, Points: 1}}), err)
				})
			}
		}
		locks := func(i int, announced bool) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				work := s.work(s.at(i), func(tx engine.Tx) error {
					uses, err := tx.LockUses(s.ctx, s.program.ID, []rules.Counter{budget})
					if err != nil {
						return err
					}
					return tx.AddUses(s.ctx, s.program.ID, "", []rules.Use{{Counter: budget, Times: 1, Amount: money.Amount(uses[0].Points)}})
				})
				if announced {
					work.Standing.Counters = []rules.Counter{budget, {Of: "mine", Period: "ever"}}
				}
				return work
			}
		}
		w.write(adds(1, nil), locks(2, false), adds(1, errSorry), adds(2, nil), locks(1, false))
		w.write(locks(1, true), adds(1, nil), locks(2, false), locks(2, true))
		want := rules.Use{Counter: budget, Times: 8, Points: 33, Amount: 11 + 22 + 22 + 33 + 33, Last: epoch}
		equal(t, "the counter", must(w.grouped.Uses(t.Context(), w.grouped.program.ID, []rules.Counter{budget}))(t), []rules.Use{want})
	})

	t.Run("many lots", func(t *testing.T) {
		rich := func(s *shop) {
			s.staffed(2)
			s.tx(func(tx engine.Tx) error {
				var errs []error
				for i := range 200 {
					errs = append(errs, s.earnIn(tx, s.at(1), fmt.Sprintf("many-%03d", i), 10, epoch.Add(time.Duration(1+i%50)*time.Hour)))
				}
				return errors.Join(errs...)
			})
		}
		w := both.twins(t, rich)
		spend := func(key string, points money.Points, overdraws bool) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(1), func(tx engine.Tx) error { return s.spendIn(tx, s.at(1), key, points, overdraws) })
			}
		}
		earn := func(key string) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				work := s.work(s.at(1), func(tx engine.Tx) error { return s.earnIn(tx, s.at(1), key, 10, epoch.Add(30*time.Hour)) })
				work.Spends = false
				return work
			}
		}
		large := func(s *shop) engine.Work {
			return s.work(s.at(1), func(tx engine.Tx) error { return s.earnIn(tx, s.at(1), "large", 2000, epoch.Add(200*time.Hour)) })
		}
		w.write(earn("e0"))                                    // from here on the row says what the lots come to
		_, alone := w.write(large, spend("deep", 1400, false)) // out of lots that were not read, and not out of the large one
		wantAlone(t, alone, 1)
		w.write(earn("e1"))
		_, alone = w.write(earn("e2"), earn("e3"))
		wantAlone(t, alone)
		_, alone = w.write(spend("s1", 50, false), earn("e4"), spend("s2", 60, true))
		wantAlone(t, alone)
		w.write(spend("s3", 1900, false), earn("e5"), spend("s4", 5000, true), earn("e6"), spend("s5", 1, false))
		w.write(everything(1, "all", nil), everything(2, "other", nil))

		w = both.twins(t, rich)
		w.write(earn("e1"))
		_, alone = w.write(spend("to the edge", 40+31*40+10, false)) // what is left of those that were read ends when others may end too
		wantAlone(t, alone)
		_, alone = w.write(spend("over it", 50, false), earn("e2"))
		wantAlone(t, alone)
	})

	t.Run("lives of lots", func(t *testing.T) {
		w := both.twins(t, func(s *shop) { s.staffed(2) })
		extend := func(key string, until, at time.Time) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				work := s.work(s.at(1), func(tx engine.Tx) error {
					accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
					if err != nil {
						return err
					}
					return s.book(tx, s.at(1), key, ledger.KindRescue, &accounts[0], accounts[0].Extend(until, at, nil))
				})
				work.Spends, work.Whole = false, true
				return work
			}
		}
		spend := func(key string, points money.Points) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				return s.work(s.at(1), func(tx engine.Tx) error { return s.spendIn(tx, s.at(1), key, points, false) })
			}
		}
		expire := func(key string, at time.Time) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				work := s.work(s.at(1), func(tx engine.Tx) error {
					accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
					if err != nil {
						return err
					}
					return s.book(tx, s.at(1), key, ledger.KindExpire, &accounts[0], accounts[0].Expire(at))
				})
				work.Whole = true
				return work
			}
		}
		starts := func(s *shop) engine.Work {
			work := s.work(s.at(1), func(tx engine.Tx) error {
				if err := s.earnIn(tx, s.at(1), "new", 9, epoch.Add(3*time.Hour)); err != nil {
					return err
				}
				accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
				if err != nil {
					return err
				}
				return s.book(tx, s.at(1), "later", ledger.KindRescue, &accounts[0], ledger.Plan{Changed: []ledger.Change{{LotID: "lot-new", ActiveFrom: epoch.Add(time.Hour)}}})
			})
			work.Whole = true
			return work
		}
		failing := func(s *shop) engine.Work {
			work := extend("undone", epoch.Add(900*time.Hour), epoch)(s)
			run := work.Run
			work.Run = func(tx engine.Tx) error { return errors.Join(run(tx), errSorry) }
			return work
		}
		_, alone := w.write(spend("some", 5), extend("once", epoch.Add(5*time.Hour), epoch), failing, spend("more", 3), starts, extend("twice", epoch.Add(6*time.Hour), epoch),
			spend("all that ends", 32), expire("nothing more", epoch.Add(7*time.Hour)), spend("never", 101))
		wantAlone(t, alone)
		_, alone = w.write(extend("of nobody", epoch.Add(8*time.Hour), epoch), everything(2, "other", nil))
		wantAlone(t, alone)
	})

	t.Run("whole accounts", func(t *testing.T) {
		w := both.twins(t, func(s *shop) {
			s.staffed(2)
			s.tx(func(tx engine.Tx) error {
				var errs []error
				for i := range 200 {
					errs = append(errs, s.earnIn(tx, s.at(1), fmt.Sprintf("many-%03d", i), 10, epoch.Add(time.Duration(1+i%50)*time.Hour)))
				}
				return errors.Join(errs...)
			})
		})
		expire := func(key string, at time.Time) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				work := s.work(s.at(1), func(tx engine.Tx) error {
					accounts, err := tx.LockAccounts(s.ctx, s.program.ID, "a-1")
					if err != nil {
						return err
					}
					if n := len(accounts[0].Lots); n < 150 {
						return fmt.Errorf("the account has %d lots", n)
					}
					return s.book(tx, s.at(1), key, ledger.KindExpire, &accounts[0], accounts[0].Expire(at))
				})
				work.Whole = true
				return work
			}
		}
		earn := func(key string) func(*shop) engine.Work {
			return func(s *shop) engine.Work {
				work := s.work(s.at(1), func(tx engine.Tx) error { return s.earnIn(tx, s.at(1), key, 10, epoch.Add(30*time.Hour)) })
				work.Spends = false
				return work
			}
		}
		w.write(earn("first")) // from here on the row says what the lots come to
		errs, alone := w.write(earn("e1"), expire("x1", epoch.Add(2*time.Hour)), earn("e2"), func(s *shop) engine.Work {
			return s.work(s.at(1), func(tx engine.Tx) error { return s.spendIn(tx, s.at(1), "s1", 1700, false) })
		}, expire("x2", epoch.Add(3*time.Hour)))
		wantAlone(t, alone)
		if errs[4] == nil { // fewer than it wants
			t.Error("what was spent is still there")
		}
		if err := errors.Join(errs[:4]...); err != nil {
			t.Error(err)
		}
	})

	t.Run("returns", func(t *testing.T) { testReturnsInGroups(t, both) })
	t.Run("many of one caller", func(t *testing.T) { testManyOfOneCaller(t, url) })
	t.Run("notices", func(t *testing.T) { testNoticesOfGroup(t, url) })
	t.Run("programs", func(t *testing.T) { testGroupsOfPrograms(t, url) })
	t.Run("a caller who has gone", func(t *testing.T) { testGoneCaller(t, url) })
	t.Run("two processes", func(t *testing.T) { testTwoProcesses(t, url) })
	t.Run("few connections", func(t *testing.T) { testFewConnections(t, url) })
}
