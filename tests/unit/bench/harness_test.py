"""What the front of the benchmarks promises about figures and rounds (bench/README.md)."""
import unittest

from harness import figures, rounds


def checked(**row) -> dict:
    return figures.checked({"name": "b/case", "value": 2.0, "unit": "ns", "better": "lower", **row}, "b")


class FiguresTest(unittest.TestCase):
    def test_a_row_has_exactly_the_keys_of_the_format(self):
        self.assertEqual(tuple(checked()), figures.KEYS)
        self.assertEqual(tuple(checked(judged=1.0)), figures.KEYS)

    def test_a_ratio_below_one_is_ahead_whichever_way_is_better(self):
        self.assertEqual(checked(peer="nginx", peer_value=4.0)["ratio"], 0.5)
        self.assertEqual(checked(better="higher", peer="nginx", peer_value=1.0)["ratio"], 0.5)
        self.assertIsNone(checked()["ratio"])

    def test_a_goal_bounds_the_ratio_beside_a_peer_and_else_the_value(self):
        self.assertTrue(checked(peer="limit", peer_value=1.0, goal=2.0)["pass"])
        self.assertFalse(checked(peer="limit", peer_value=0.9, goal=2.0)["pass"])
        self.assertTrue(checked(goal=2.0)["pass"])
        self.assertFalse(checked(goal=1.9)["pass"])
        self.assertTrue(checked(better="higher", goal=1.9)["pass"])
        self.assertFalse(checked(better="higher", goal=2.1)["pass"])
        self.assertIsNone(checked()["pass"])

    def test_what_is_judged_stands_in_for_the_figure(self):
        self.assertTrue(checked(peer="nftables", peer_value=2.0, goal=0.95, judged=0.9)["pass"])
        self.assertFalse(checked(peer="nftables", peer_value=4.0, goal=0.95, judged=1.0)["pass"])

    def test_a_goal_without_a_figure_is_not_met(self):
        self.assertFalse(checked(peer="limit", peer_value=0.0, goal=2.0)["pass"])

    def test_rows_that_say_less_or_more_are_refused(self):
        for wrong in ({"name": "other/case"}, {"name": "b/"}, {"value": float("nan")}, {"value": True}, {"unit": ""},
                      {"better": "less"}, {"peer": "nginx"}, {"peer_value": 1.0}, {"peer": "us", "peer_value": 1.0},
                      {"goal": "1 s"}, {"judged": float("inf")}, {"note": "x"}):
            with self.assertRaises(figures.BadFigure, msg=str(wrong)):
                checked(**wrong)
        with self.assertRaises(figures.BadFigure):
            figures.check_names([checked(), checked()])
        with self.assertRaises(figures.BadFigure):
            figures.check_names([])


class RoundsTest(unittest.TestCase):
    def test_every_variant_is_measured_once_a_round_and_none_always_first(self):
        first = []
        samples = rounds.interleave({name: lambda name=name: first.append(name) or 1.0 for name in "abc"}, 6)
        self.assertEqual({name: len(values) for name, values in samples.items()}, {"a": 6, "b": 6, "c": 6})
        self.assertEqual(set(first[::3]), set("abc"))

    def test_an_interval_of_21_rounds_is_that_of_the_binomial_distribution(self):
        ours = [float(i) for i in range(1, 22)]
        self.assertEqual(rounds.paired_ratio(ours, [1.0] * 21), (11.0, 6.0, 16.0))

    def test_an_interval_of_few_rounds_is_all_that_was_seen(self):
        self.assertEqual(rounds.paired_ratio([1.0, 2.0, 3.0], [1.0] * 3), (2.0, 1.0, 3.0))

    def test_a_percentile_is_a_sample(self):
        self.assertEqual(rounds.percentile([float(i) for i in range(1, 101)], 0.99), 99.0)
        self.assertEqual(rounds.percentile([5.0], 0.99), 5.0)


if __name__ == "__main__":
    unittest.main()
