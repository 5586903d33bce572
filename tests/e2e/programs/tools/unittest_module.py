# unittest as a command, with a failure.
#: run -m unittest -q unittest_module
#: exit 1
import unittest


class Tests(unittest.TestCase):
    def test_good(self):
        self.assertEqual(sum(range(100000)), 4999950000)

    @unittest.expectedFailure
    def test_expected(self):
        self.assertEqual(1, 2)
