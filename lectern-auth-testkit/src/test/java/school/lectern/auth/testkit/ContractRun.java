package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** One run of a contract against a storage: which of its tests passed, and which failed. */
final class ContractRun implements TestExecutionListener {

    private final Set<String> passed = new TreeSet<>();
    private final Set<String> failed = new TreeSet<>();

    private ContractRun() {}

    /** Runs all tests of the contract. */
    static ContractRun of(Class<?> contract) {
        ContractRun run = of(List.of(DiscoverySelectors.selectClass(contract)));
        Set<String> executed = new TreeSet<>(run.passed);
        executed.addAll(run.failed);
        assertEquals(subjects(contract).keySet(), executed, "tests that ran");
        return run;
    }

    /** Runs the given tests of the contract, each in its subject. */
    static ContractRun of(Class<?> contract, Set<String> tests) {
        Map<String, Class<?>> subjects = subjects(contract);
        assertTrue(subjects.keySet().containsAll(tests), "tests of the contract: " + tests);
        return of(tests.stream()
                .map(test -> DiscoverySelectors.selectNestedMethod(List.of(contract), subjects.get(test), test))
                .toList());
    }

    /** Returns the subject of each test by the test's name, which only one subject of a contract may use. */
    private static Map<String, Class<?>> subjects(Class<?> contract) {
        Map<String, Class<?>> subjects = new TreeMap<>();
        for (Class<?> subject :
                ReflectionSupport.findNestedClasses(contract, each -> each.isAnnotationPresent(Nested.class))) {
            for (Method test :
                    AnnotationSupport.findAnnotatedMethods(subject, Test.class, HierarchyTraversalMode.TOP_DOWN)) {
                Class<?> other = subjects.put(test.getName(), subject);
                assertEquals(null, other, "another subject that has the test " + test.getName());
            }
        }
        return subjects;
    }

    private static ContractRun of(List<? extends DiscoverySelector> selectors) {
        ContractRun run = new ContractRun();
        LauncherConfig config = LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .enableLauncherSessionListenerAutoRegistration(false)
                .enableLauncherDiscoveryListenerAutoRegistration(false)
                .build();
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request().selectors(selectors).build();
        LauncherFactory.create(config).execute(request, run);
        return run;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .ifPresent(method -> {
                    boolean good = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
                    (good ? passed : failed).add(method.getMethodName());
                });
    }

    Set<String> failed() {
        return failed;
    }

    /** Asserts that all of these tests detected the planted bug. */
    void assertCaughtBy(Set<String> tests) {
        assertTrue(failed.containsAll(tests), "to fail: " + tests + ", failed: " + failed);
    }

    /** Asserts that some tests passed: a bug that breaks every test shows nothing. */
    void assertSomePassed() {
        assertFalse(passed.isEmpty());
    }

    void assertAllPassed() {
        assertEquals(Set.of(), failed);
        assertFalse(passed.isEmpty());
    }

    /** Asserts that each test detected a planted bug: a test that has never failed may be unable to fail. */
    static void assertEveryTestCaughtSomething(Class<?> contract, Set<String> failedOnce) {
        Set<String> idle = new TreeSet<>(subjects(contract).keySet());
        idle.removeAll(failedOnce);
        assertEquals(Set.of(), idle, "tests that no planted bug fails");
    }
}
