package school.lectern.auth.http;

import org.jspecify.annotations.Nullable;

/** The decisions of one guard about one request, over all its dispatches. Thread-safe. */
final class GuardRecord {

    private final HttpGuard guard;
    private boolean passed;
    private boolean refused;
    private boolean showsErrorPage;
    private @Nullable Operation latest;
    private @Nullable TokenPrincipal principal;

    GuardRecord(HttpGuard guard) {
        this.guard = guard;
    }

    boolean isOf(HttpGuard asked) {
        return guard == asked;
    }

    synchronized void pass(Operation operation) {
        passed = true;
        latest = operation;
    }

    synchronized void showErrorPage(boolean shown) {
        showsErrorPage = shown;
    }

    synchronized void admit(TokenPrincipal who) {
        principal = who;
    }

    synchronized void refuse() {
        refused = true;
    }

    /** Returns whether handlers behind the guard may have written to the response. */
    synchronized boolean hasPassed() {
        return passed;
    }

    /** Returns whether the guard let the request pass, and has not denied any of its dispatches. */
    synchronized boolean hasOnlyPassed() {
        return passed && !refused;
    }

    synchronized boolean showsErrorPage() {
        return showsErrorPage;
    }

    /** Returns the latest operation that the guard let pass, or null. */
    synchronized @Nullable Operation latest() {
        return latest;
    }

    /** Returns the principal that the guard admitted, or null. */
    synchronized @Nullable TokenPrincipal principal() {
        return principal;
    }
}
