# Runs test modules of Python's own, and says what became of each test.
import os, sys, unittest

class recorder(unittest.TestResult):
    def note(self, what, test):
        self.lines.append(f"{what} {test.id()}")
    def addSuccess(self, test):
        self.note("ok", test)
    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("FAILED", test)
    def addError(self, test, err):
        super().addError(test, err)
        self.note("FAILED", test)
    def addSkip(self, test, reason):
        self.note("skipped", test)
    def addExpectedFailure(self, test, err):
        self.note("ok", test)
    def addUnexpectedSuccess(self, test):
        self.note("FAILED", test)
    def addSubTest(self, test, sub, err):
        super().addSubTest(test, sub, err)
        if err is not None:
            self.note("FAILED", sub)

def main():
    out = os.dup(1)
    directory = "/tmp/" + sys.argv[1]
    os.mkdir(directory)
    os.chdir(directory)
    os.dup2(os.open("said", os.O_WRONLY | os.O_CREAT, 0o600), 1)
    os.dup2(1, 2)
    result = recorder()
    result.lines = []
    unittest.defaultTestLoader.loadTestsFromName(sys.argv[2]).run(result)
    with open("why", "w") as why:
        for test, trace in result.errors + result.failures:
            print(test, trace, file=why)
    os.write(out, "".join(l + "\n" for l in sorted(result.lines)).encode())

main()
