package school.lectern.auth.servlet;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one filter decided for one request, over all its dispatches. */
final class FilterRecord {

    private final Map<String, List<String>> outerHeaders;
    private boolean passed;
    private boolean refused;
    private boolean showsErrorPage;
    private @Nullable Operation latest;
    private @Nullable TokenPrincipal principal;

    /** @param outerHeaders the headers about the body that were set before the request reached the filter */
    FilterRecord(Map<String, List<String>> outerHeaders) {
        this.outerHeaders = outerHeaders;
    }

    Map<String, List<String>> outerHeaders() {
        return outerHeaders;
    }

    void pass(Operation operation) {
        passed = true;
        latest = operation;
    }

    void showErrorPage(boolean shown) {
        showsErrorPage = shown;
    }

    void admit(TokenPrincipal who) {
        principal = who;
    }

    void refuse() {
        refused = true;
    }

    /** Returns whether handlers behind the filter may have written to the response. */
    boolean hasPassed() {
        return passed;
    }

    /** Returns whether the filter let the request pass, and has refused none of its dispatches. */
    boolean hasOnlyPassed() {
        return passed && !refused;
    }

    boolean showsErrorPage() {
        return showsErrorPage;
    }

    /** Returns the latest operation that was let pass, or null. */
    @Nullable
    Operation latest() {
        return latest;
    }

    /** Returns the principal that the filter admitted, or null. */
    @Nullable
    TokenPrincipal principal() {
        return principal;
    }
}
