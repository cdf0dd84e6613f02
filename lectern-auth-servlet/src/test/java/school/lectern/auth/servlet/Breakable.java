package school.lectern.auth.servlet;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a part of the application, counts its calls, and breaks it on demand. */
final class Breakable<T> {

    final T part;
    final AtomicInteger calls = new AtomicInteger();
    private volatile Throwable fault;
    private volatile int callsUntilFault;

    Breakable(Class<T> type, T real) {
        this(type, real, Map.of());
    }

    /** @param instead what some methods, by their names, return in place of what the real part does */
    Breakable(Class<T> type, T real, Map<String, Object> instead) {
        this.part = type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    calls.incrementAndGet();
                    if (fault != null && callsUntilFault-- <= 0) {
                        throw fault;
                    }
                    if (instead.containsKey(method.getName())) {
                        return instead.get(method.getName());
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }

    /** From now on, every call throws. */
    void breakWith(Throwable thrown) {
        breakAfter(0, thrown);
    }

    /** So many more calls work; later ones throw. */
    void breakAfter(int working, Throwable thrown) {
        callsUntilFault = working;
        fault = thrown;
    }

    void mend() {
        fault = null;
    }
}
